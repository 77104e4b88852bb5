# The tables of layer families and of operation families: each source file <stem>.cpp that contains <stem>_layers() or
# <stem>_operations() is one family.
#   keraunos_layer_table(OUTPUT FILE…)
#   keraunos_operation_table(OUTPUT FILE…)
set(TABLE_TEMPLATES ${CMAKE_CURRENT_LIST_DIR}/../src/loader)

# Sets DECLARATIONS and ENTRIES.
function(keraunos_families suffix type)
  set(DECLARATIONS "")
  set(ENTRIES "")
  foreach(path ${ARGN})
    get_filename_component(stem ${path} NAME_WE)
    file(STRINGS ${path} HAS_ENTRY REGEX "_${suffix}\\(\\)")
    if(HAS_ENTRY)
      string(APPEND DECLARATIONS "std::vector<${type}> ${stem}_${suffix}();\n")
      string(APPEND ENTRIES "    ${stem}_${suffix},\n")
    endif()
  endforeach()
  set(DECLARATIONS "${DECLARATIONS}" PARENT_SCOPE)
  set(ENTRIES "${ENTRIES}" PARENT_SCOPE)
endfunction()

function(keraunos_layer_table output)
  keraunos_families(layers LayerDef ${ARGN})
  configure_file(${TABLE_TEMPLATES}/layers/layer_families.cpp.in ${output} @ONLY)
endfunction()

function(keraunos_operation_table output)
  keraunos_families(operations Operation ${ARGN})
  configure_file(${TABLE_TEMPLATES}/ops/operation_families.cpp.in ${output} @ONLY)
endfunction()
