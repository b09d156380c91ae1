#pragma once

#include "db/database.hpp"
#include "handover/steps.hpp"
#include "texts/text_store.hpp"
#include "usage/usage.hpp"

namespace nassaq::handover {

/// What these handlers use.
struct Services {
    usage::Limits quota_defaults;
    db::Database& database;
    texts::TextStore& texts;
    Steps& steps;
};

}  // namespace nassaq::handover
