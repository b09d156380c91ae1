#pragma once

#include <chrono>

#include "db/database.hpp"
#include "jobs/stage.hpp"

namespace nassaq::jobs {

/// How long the document with the lowest number of those that wait for the stage has waited; 0 when none does.
/// As numbers are given in the order of uploading, it is nearly always the one that waits longest.
std::chrono::milliseconds queue_age(db::Database& database, const Stage& stage);

}  // namespace nassaq::jobs
