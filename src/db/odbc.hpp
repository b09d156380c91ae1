#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "db/driver.hpp"

namespace nassaq::db {

struct OdbcOptions {
    std::string connection_string;  ///< Completed by complete(). Never to be logged: it has the password.
    std::chrono::seconds connect_timeout{60};
    std::chrono::seconds statement_timeout{30};  ///< Of one statement, but in a migration.
};

/// SQL Server or PostgreSQL through unixODBC. Connects at once: the product that answers tells the dialect. The locale
/// LC_CTYPE should be one of UTF-8, by which drivers may convert text.
/// @throws Error as Driver::connect()
std::unique_ptr<Driver> make_odbc_driver(OdbcOptions options);

/// The names of the drivers that unixODBC knows here (odbcinst.ini).
std::vector<std::string> installed_odbc_drivers();

}  // namespace nassaq::db
