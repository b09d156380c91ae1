# What `cmake --install` puts where, and the Debian package that `scripts/package` makes of it (preset "product").
include(GNUInstallDirs)

set(unit_directory lib/systemd/system)
set(template_directory ${CMAKE_INSTALL_DATADIR}/nassaq)

# The decoders' program is looked for beside the server's.
install(TARGETS nassaq nassaq-extract RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES deploy/nassaq.bash-completion
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME nassaq)
install(FILES .env.example DESTINATION ${template_directory} RENAME settings.example)
install(FILES deploy/debian/nassaq.env DESTINATION ${template_directory})
install(FILES README.md README.ar.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR}
        FILES_MATCHING PATTERN "*.md" PATTERN decisions EXCLUDE PATTERN images EXCLUDE)
foreach(unit nassaq.service nassaq-worker.service)
  configure_file(deploy/systemd/${unit}.in ${CMAKE_BINARY_DIR}/${unit} @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${unit} DESTINATION ${unit_directory})
endforeach()
configure_file(deploy/systemd/worker-user.conf.in ${CMAKE_BINARY_DIR}/worker-user.conf @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/worker-user.conf DESTINATION ${template_directory})

set(manual_page ${CMAKE_BINARY_DIR}/nassaq.1)
add_custom_command(
  OUTPUT ${manual_page}
  COMMAND sh -c "'${CMAKE_SOURCE_DIR}/deploy/make_manual' '$<TARGET_FILE:nassaq>' > '${manual_page}'"
  DEPENDS nassaq deploy/make_manual deploy/nassaq.1.end
  VERBATIM)
add_custom_target(manual_page ALL DEPENDS ${manual_page})
install(FILES ${manual_page} deploy/nassaq-extract.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

option(NASSAQ_PACKAGE "Make a Debian package" OFF)
if(NASSAQ_PACKAGE)
  include(DebianPackage)
endif()
