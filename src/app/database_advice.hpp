#pragma once

#include <string>
#include <vector>

#include "db/database.hpp"
#include "settings/settings.hpp"

namespace nassaq::app {

/// What a database server is set to that does not go with Nassaq, each in words, with the statement that mends it.
struct DatabaseAdvice {
    std::vector<std::string> faults;    ///< With which documents would fail.
    std::vector<std::string> warnings;  ///< With which all works, but slowly or not quite as it should.
};

/// Asks the server how the database is set up; of SQLite there is nothing to say. @throws db::Error
DatabaseAdvice find_database_advice(db::Database& database, const settings::Settings& settings);

/// Says the warnings in the log. @throws std::runtime_error naming the faults, if there are any.
void require_fit_database(db::Database& database, const settings::Settings& settings);

}  // namespace nassaq::app
