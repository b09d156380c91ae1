#pragma once

#include <memory>
#include <string_view>

#include "db/database.hpp"
#include "settings/settings.hpp"
#include "texts/mongo.hpp"
#include "texts/text_store.hpp"

namespace nassaq::app {

/// What is wrong with MONGO_CONNECTION_STR and only its driver can tell; nothing when it is fine. Without secrets.
settings::Faults check_text_settings(const settings::Settings& settings);

/// The text store that the settings name. One on another machine is connected to in the background.
/// @param database  Holds the texts when no other store is named; outlives the store.
std::unique_ptr<texts::TextStore> open_text_store(const settings::Settings& settings, db::Database& database);

/// What MongoDB's driver needs to know.
texts::MongoOptions mongo_options(const settings::Settings& settings, const settings::MongoSettings& mongo);

/// "sql" or "mongodb".
std::string_view name_of_text_store(const settings::Settings& settings);

}  // namespace nassaq::app
