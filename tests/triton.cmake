# The backend for Triton over a fake of the server's functions. With the real server: python/tests/serving/triton_server.py.
file(GLOB TRITON_TESTS CONFIGURE_DEPENDS triton/*.cpp)
keraunos_test(triton_backend "unit;threads;triton" SOURCES ${TRITON_TESTS} OBJECTS $<TARGET_OBJECTS:keraunos_triton> ${FOR_CPU} LIBRARIES ${ENGINE_LIBRARIES})
if(TARGET triton_keraunos)
  # The server defines what is left undefined; a backend that names a library of the server cannot be loaded by one of another name.
  add_test(NAME triton_exports COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/triton/exports.sh $<TARGET_FILE:triton_keraunos>)
  set_tests_properties(triton_exports PROPERTIES LABELS "triton")
endif()
