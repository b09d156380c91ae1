# Warnings, sanitizers and the compiler cache: the same for every target.

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fno-omit-frame-pointer)
# A designated initializer names what differs; the members it leaves out have their defaults.
add_compile_options(-Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # What g++ 12 only finds when it optimizes, and finds in std::string where there is nothing (GCC bugs 105651, 105329,
  # 105562). ASan, UBSan and clang-tidy look for the same faults and are right.
  add_compile_options(
    -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized)
else()
  # clang blames us for what libstdc++ 12 uses of itself (std::get_temporary_buffer); g++ still says it of our own code.
  add_compile_options(-Wno-deprecated-declarations)
endif()

# -O3 wins nothing measurable here, takes longer to build, and makes g++ 12 warn of overflows that cannot be.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

set(NASSAQ_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")
if(NASSAQ_SANITIZE)
  add_compile_options(-fsanitize=${NASSAQ_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${NASSAQ_SANITIZE})
  # For what a sanitizer's own memory and system calls do not go with; g++ and clang say it in different words.
  add_compile_definitions(NASSAQ_IS_SANITIZED)
  if(NASSAQ_SANITIZE MATCHES "thread")
    # Boost.Asio and libstdc++ use fences, which TSan does not model; g++ only warns of it.
    add_compile_options(-Wno-tsan)
  endif()
else()
  add_compile_definitions($<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
  add_compile_options(-fstack-protector-strong)
  add_link_options(-Wl,-z,relro -Wl,-z,now)
endif()
add_link_options(-Wl,--as-needed)

find_program(CCACHE ccache)
if(CCACHE)
  # The sloppiness settings are what the ccache manual asks for with precompiled headers; the other two let clones share
  # what is in the cache.
  set(cached ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
             CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${cached})
  set(CMAKE_C_COMPILER_LAUNCHER ${cached})
endif()
# Lets ccache see through a precompiled header (its manual, "Precompiled headers").
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
else()
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
