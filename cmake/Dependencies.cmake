# The libraries of Debian 12 that Nassaq is made of; each is linked only by the folders that include it.
find_package(Threads REQUIRED)
find_package(Boost 1.81 EXACT REQUIRED COMPONENTS json url program_options)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(pugixml REQUIRED)
find_package(ODBC REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(fmt REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(PkgConfig REQUIRED)
pkg_check_modules(crypt REQUIRED IMPORTED_TARGET libcrypt)
pkg_check_modules(tesseract REQUIRED IMPORTED_TARGET tesseract)
pkg_check_modules(leptonica REQUIRED IMPORTED_TARGET lept)
pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)
pkg_check_modules(mongoc REQUIRED IMPORTED_TARGET libmongoc-1.0)
pkg_check_modules(heif REQUIRED IMPORTED_TARGET libheif)
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(xml2 REQUIRED IMPORTED_TARGET libxml-2.0)
pkg_check_modules(zip REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(tiff REQUIRED IMPORTED_TARGET libtiff-4)
pkg_check_modules(rabbitmq REQUIRED IMPORTED_TARGET librabbitmq)

# libstemmer has no .pc file.
find_library(STEMMER_LIBRARY stemmer REQUIRED)
find_path(STEMMER_INCLUDE_DIRECTORY libstemmer.h REQUIRED)
add_library(Stemmer::stemmer UNKNOWN IMPORTED)
set_target_properties(Stemmer::stemmer PROPERTIES IMPORTED_LOCATION ${STEMMER_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${STEMMER_INCLUDE_DIRECTORY})

# Debian's libqpid-proton-cpp.pc requires modules that no package has.
find_library(PROTON_LIBRARY qpid-proton-cpp REQUIRED)
find_path(PROTON_INCLUDE_DIRECTORY proton/container.hpp REQUIRED)
add_library(Proton::cpp UNKNOWN IMPORTED)
set_target_properties(Proton::cpp PROPERTIES IMPORTED_LOCATION ${PROTON_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${PROTON_INCLUDE_DIRECTORY})

add_compile_definitions(
  BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_DISABLE_VISIBILITY)
