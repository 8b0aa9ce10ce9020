# The only two verbs of this build: wt_add_module and wt_add_test.

# One precompiled header serves every target, so that Asio and nlohmann-json are parsed once; a
# second one serves those with other flags, because GCC breaks down on one that was made with -O1
# where it compiles with -O2.
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/pch.cpp CONTENT "// Carries the precompiled header.\n")
foreach(pch IN ITEMS wt_pch wt_hot_pch)
  add_library(${pch} STATIC ${CMAKE_BINARY_DIR}/pch.cpp)
  target_link_libraries(${pch} PRIVATE watertight::flags Threads::Threads OpenSSL::SSL)
  target_include_directories(${pch} PRIVATE ${PROJECT_SOURCE_DIR})
  target_precompile_headers(${pch} PRIVATE ${PROJECT_SOURCE_DIR}/ci/cmake/pch.hpp)
endforeach()
set(WT_HOT_FLAGS $<$<CONFIG:Release>:-O2>)
target_compile_options(wt_hot_pch PRIVATE ${WT_HOT_FLAGS})

# Asio's own code, once: else each file that uses it compiles a copy.
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/asio.cpp CONTENT "#include <boost/asio/impl/src.hpp>\n")
add_library(wt_asio STATIC ${CMAKE_BINARY_DIR}/asio.cpp)
target_link_libraries(wt_asio PRIVATE watertight::flags Threads::Threads)
target_compile_options(wt_asio PRIVATE ${WT_HOT_FLAGS})

function(wt_batch target apart)
  if(WT_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
    # Files whose helpers have the same names as another file's.
    set_source_files_properties(${apart} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

# wt_add_module(net SOURCES a.cpp b.cpp [APART b.cpp] LINK watertight::base
#               PRIVATE_LINK OpenSSL::SSL)
# makes wt_net, alias watertight::net. Paths of SOURCES are relative to the calling folder.
# HOT: it works on each request of a load.
function(wt_add_module name)
  cmake_parse_arguments(arg "HOT" "" "SOURCES;APART;LINK;PRIVATE_LINK" ${ARGN})
  add_library(wt_${name} STATIC ${arg_SOURCES})
  target_link_libraries(wt_${name} PUBLIC ${arg_LINK} Threads::Threads
                                   PRIVATE watertight::flags ${arg_PRIVATE_LINK})
  target_include_directories(wt_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  if(arg_HOT)
    target_compile_options(wt_${name} PRIVATE ${WT_HOT_FLAGS})
    target_precompile_headers(wt_${name} REUSE_FROM wt_hot_pch)
  else()
    target_precompile_headers(wt_${name} REUSE_FROM wt_pch)
  endif()
  wt_batch(wt_${name} "${arg_APART}")
  add_library(watertight::${name} ALIAS wt_${name})
endfunction()

# The tests of a label, and the programs that they start.
add_custom_target(unit_tests)
add_custom_target(integration_tests)

# wt_add_test(net_test SOURCES a_test.cpp [APART a_test.cpp] LINK watertight::net LABELS unit)
# SERIAL: a pattern of tests beside which nothing else runs, because they judge latencies.
function(wt_add_test name)
  cmake_parse_arguments(arg "" "TIMEOUT;SERIAL" "SOURCES;APART;LINK;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE watertight::flags ${arg_LINK}
                                        GTest::gtest GTest::gtest_main wt_asio)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_precompile_headers(${name} REUSE_FROM wt_pch)
  wt_batch(${name} "${arg_APART}")
  add_dependencies(${arg_LABELS}_tests ${name})
  # Discovery at test time: a build never runs what it has just built.
  set(how DISCOVERY_MODE PRE_TEST PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
  if(arg_SERIAL)
    gtest_discover_tests(${name} TEST_FILTER ${arg_SERIAL} ${how} RUN_SERIAL TRUE)
    gtest_discover_tests(${name} TEST_FILTER -${arg_SERIAL} ${how})
  else()
    gtest_discover_tests(${name} ${how})
  endif()
endfunction()
