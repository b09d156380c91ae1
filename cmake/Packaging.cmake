# What `cmake --install` puts where, and the Debian package that `scripts/package` makes of it.
include(GNUInstallDirs)

install(TARGETS nassaq RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES deploy/nassaq.bash-completion
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME nassaq)
install(FILES .env.example README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES deploy/systemd/nassaq.service deploy/systemd/nassaq-worker.service DESTINATION lib/systemd/system)
install(FILES deploy/debian/nassaq.env DESTINATION /etc/nassaq PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)

# The manual page is what `nassaq --help` says, so that there is one text to keep true.
find_program(HELP2MAN help2man REQUIRED)
set(manual_page ${CMAKE_BINARY_DIR}/nassaq.1)
add_custom_command(
  OUTPUT ${manual_page}
  COMMAND ${HELP2MAN} --no-info --section=1 --manual=Nassaq "--name=digitise, store, find and protect documents"
          --include=${CMAKE_SOURCE_DIR}/deploy/nassaq.1.in --output=${manual_page} $<TARGET_FILE:nassaq>
  DEPENDS nassaq deploy/nassaq.1.in
  VERBATIM)
add_custom_target(manual_page ALL DEPENDS ${manual_page})
install(FILES ${manual_page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME nassaq)
set(CPACK_PACKAGE_CONTACT "The Nassaq maintainers <maintainers@nassaq.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_DESCRIPTION
    "Nassaq is a server for the documents of an organisation: they are uploaded, their text is extracted, in Arabic and
English, from scans too, and they are found and kept safe. It runs by itself, or on many nodes over PostgreSQL, SQL
Server, Azure, S3, RabbitMQ and MongoDB.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION web)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What it starts, reads or talks through at run time, and no linker knows of.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "adduser, ca-certificates, poppler-utils, tesseract-ocr-ara, tesseract-ocr-eng, tesseract-ocr-osd, libsasl2-modules")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "tdsodbc, odbc-postgresql")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${CMAKE_SOURCE_DIR}/deploy/debian/postinst;${CMAKE_SOURCE_DIR}/deploy/debian/prerm;${CMAKE_SOURCE_DIR}/deploy/debian/postrm;${CMAKE_SOURCE_DIR}/deploy/debian/conffiles")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)
