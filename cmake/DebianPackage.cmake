# The Debian package, by CPack.

# Debian wants manual pages and change logs compressed, the latter in its own form too.
find_program(GZIP gzip REQUIRED)
set(change_logs "")
foreach(pair "deploy/debian/changelog=changelog.gz" "CHANGELOG.md=CHANGELOG.md.gz")
  string(REPLACE "=" ";" pair ${pair})
  list(GET pair 0 text)
  list(GET pair 1 name)
  add_custom_command(
    OUTPUT ${CMAKE_BINARY_DIR}/${name}
    COMMAND sh -c "${GZIP} -9n < '${CMAKE_SOURCE_DIR}/${text}' > '${CMAKE_BINARY_DIR}/${name}'"
    DEPENDS ${text}
    VERBATIM)
  list(APPEND change_logs ${CMAKE_BINARY_DIR}/${name})
endforeach()
add_custom_target(change_logs ALL DEPENDS ${change_logs})
install(FILES ${change_logs} deploy/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(CODE "
  file(GLOB pages \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_MANDIR}/man1/nassaq*.1\")
  execute_process(COMMAND ${GZIP} -9nf \${pages} COMMAND_ERROR_IS_FATAL ANY)")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME nassaq)
set(CPACK_PACKAGE_CONTACT "The Nassaq maintainers <nassaq@packages.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "document server with text extraction in Arabic and English")
set(CPACK_PACKAGE_DESCRIPTION
    "Nassaq is a server for the documents of an organisation: they are uploaded
over an HTTP API, their text is extracted, in Arabic and English, from scans
too, and they are found and kept safe. It runs by itself with SQLite and a
folder, or on many nodes over PostgreSQL, SQL Server, Azure, S3, RabbitMQ and
MongoDB.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION web)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What it starts, reads or talks through at run time, and no linker knows of: the tools and models of extraction,
# certificates, SCRAM for Service Bus and MongoDB.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "adduser, ca-certificates, catdoc, libsasl2-modules, poppler-utils, tesseract-ocr-ara, tesseract-ocr-eng, tesseract-ocr-osd")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "odbc-postgresql, tdsodbc")
foreach(script postinst prerm postrm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/deploy/debian/${script})
endforeach()
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
include(CPack)
