# The backend for Triton over a fake of the server's functions, with instances on the CPU, and on the CUDA device over the stand-in. With the real
# server: python/tests/serving/triton_server.py.
file(GLOB TRITON_TESTS CONFIGURE_DEPENDS triton/*.cpp)
keraunos_test_objects(triton_tests ${TRITON_TESTS})
keraunos_test(triton_backend "unit;threads;triton" OBJECTS $<TARGET_OBJECTS:triton_tests> $<TARGET_OBJECTS:keraunos_triton> ${FOR_CPU} LIBRARIES ${ENGINE_LIBRARIES})
if(KERAUNOS_STANDIN)
  keraunos_test(triton_backend_standin "standin;triton" OBJECTS $<TARGET_OBJECTS:triton_tests> $<TARGET_OBJECTS:keraunos_triton> ${FOR_STANDIN} LIBRARIES ${ENGINE_LIBRARIES})
endif()
if(TARGET triton_keraunos)
  # The server defines what is left undefined; a backend that names a library of the server cannot be loaded by one of another name.
  add_test(NAME triton_exports COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/triton/exports.sh $<TARGET_FILE:triton_keraunos>)
  set_tests_properties(triton_exports PROPERTIES LABELS "triton")
endif()
