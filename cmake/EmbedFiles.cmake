# embed_files(TARGET FILES ...)
#
# Compiles files into TARGET as read-only data. Each is reached through the symbols that the assembler's .incbin makes:
# embedded_NAME_begin and embedded_NAME_end, with every character of the file's name that is not a letter or digit an
# underscore.
function(embed_files target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FILES")
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${target}_embedded.S)
  set(text ".section .rodata\n")
  set(paths "")
  foreach(file IN LISTS arg_FILES)
    get_filename_component(path ${file} ABSOLUTE)
    list(APPEND paths ${path})
    get_filename_component(name ${file} NAME)
    string(REGEX REPLACE "[^A-Za-z0-9]" "_" symbol ${name})
    string(APPEND text
      ".global embedded_${symbol}_begin\n.global embedded_${symbol}_end\n"
      "embedded_${symbol}_begin:\n.incbin \"${path}\"\nembedded_${symbol}_end:\n.byte 0\n")
  endforeach()
  string(APPEND text ".section .note.GNU-stack,\"\",%progbits\n")
  file(CONFIGURE OUTPUT ${assembly} CONTENT "${text}" @ONLY)
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS "${paths}")
  target_sources(${target} PRIVATE ${assembly})
endfunction()
