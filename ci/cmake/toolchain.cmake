# Compiler cache, linker, sanitizers and warnings: everything about how code is built, not what.
set(WT_SANITIZE "" CACHE STRING "Comma-separated sanitizers: address,undefined or thread")

# -O1 takes two thirds of the compile time of -O2. That is for what works on each request of a load:
# HOT of wt_add_module. -O3 wins nothing there: the work is in the kernel and in one scanner.
set(CMAKE_CXX_FLAGS_RELEASE "-O1 -DNDEBUG")

# Several sources in one compiler run: coroutine code spends its time on Asio's templates, which
# are then instantiated once. Off where single files are worked on: -DWT_UNITY=OFF.
option(WT_UNITY "Compile sources of a target in batches" OFF)

find_program(WT_CCACHE ccache)
if(WT_CCACHE)
  # A precompiled header is cached only when ccache may ignore its time stamps. Relative to the
  # source folder, so that one clone finds what another has compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      ${WT_CCACHE})
endif()

find_program(WT_MOLD mold)
if(WT_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(wt_flags INTERFACE)
add_library(watertight::flags ALIAS wt_flags)
target_compile_options(wt_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Woverloaded-virtual -Werror
  $<$<BOOL:${WT_CCACHE}>:-fpch-preprocess>)
# GCC 12 warns of std::string's own code when it inlines it; these six are right elsewhere only.
target_compile_options(wt_flags INTERFACE
  $<$<NOT:$<CONFIG:Debug>>:-Wno-stringop-overflow;-Wno-restrict;-Wno-array-bounds>
  $<$<NOT:$<CONFIG:Debug>>:-Wno-maybe-uninitialized;-Wno-free-nonheap-object>
  $<$<NOT:$<CONFIG:Debug>>:-Wno-mismatched-new-delete>)
target_compile_definitions(wt_flags INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION WT_VERSION="${PROJECT_VERSION}")
target_link_libraries(wt_flags INTERFACE fmt::fmt)

if(WT_SANITIZE)
  target_compile_options(wt_flags INTERFACE -fsanitize=${WT_SANITIZE} -fno-omit-frame-pointer -g1)
  if(WT_SANITIZE MATCHES undefined)
    # These five cost more compile time than all others together. ASan tells of null and of wild
    # pointers too, x86 does not mind alignment, and object-size sees nothing without optimisation.
    target_compile_options(wt_flags INTERFACE
      -fno-sanitize=null,alignment,vptr,object-size,pointer-overflow)
  endif()
  target_link_options(wt_flags INTERFACE -fsanitize=${WT_SANITIZE})
  if(WT_SANITIZE MATCHES thread)
    # GCC rejects Asio's memory fence under -Wtsan.
    target_compile_definitions(wt_flags INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
  if(WT_SANITIZE MATCHES address)
    # GCC 12 reports false positives here when sanitizers and optimised library code meet.
    target_compile_options(wt_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(WT_UNITY)
  # A batch includes its sources, so that their unnamed namespaces look like a header's.
  target_compile_options(wt_flags INTERFACE -Wno-subobject-linkage)
endif()
