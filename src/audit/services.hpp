#pragma once

#include "audit/reading_log.hpp"
#include "db/database.hpp"

namespace nassaq::audit {

/// What these handlers use.
struct Services {
    db::Database& database;
    ReadingLog& reading_log;
};

}  // namespace nassaq::audit
