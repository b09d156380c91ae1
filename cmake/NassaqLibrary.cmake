# nassaq_library(NAME SOURCES a.cpp ... [LINKS other ...] [WAITS])
#
# One folder of src/ = one subject = one static library nassaq_NAME. The LINKS are the folders that it may include, so a
# header of a folder that is not named there is not found by a target that does not link it by another way.
#
# WAITS: its time goes into waiting for databases, disks and networks, so that it is optimised less, which compiles in three
# quarters of the time (docs/decisions/0054).
function(nassaq_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "WAITS" "" "SOURCES;LINKS")
  add_library(nassaq_${name} STATIC ${arg_SOURCES})
  target_include_directories(nassaq_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(nassaq_${name} PUBLIC ${arg_LINKS})
  if(arg_WAITS)
    target_compile_options(nassaq_${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
  if(NOT name STREQUAL "base" AND NOT name STREQUAL "http")
    target_precompile_headers(nassaq_${name} REUSE_FROM nassaq_base)
  endif()
endfunction()
