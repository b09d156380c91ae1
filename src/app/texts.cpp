#include "app/texts.hpp"

#include <algorithm>
#include <thread>

#include "texts/sql.hpp"

namespace nassaq::app {

settings::Faults check_text_settings(const settings::Settings& settings) {
    if (!settings.mongo) {
        return {};
    }
    const std::string fault = texts::fault_of_mongo_uri(settings.mongo->uri);
    return fault.empty() ? settings::Faults{} : settings::Faults{"MONGO_CONNECTION_STR: " + fault};
}

texts::MongoOptions mongo_options(const settings::Settings& settings, const settings::MongoSettings& mongo) {
    // Half of the threads that answer requests: whatever becomes of the store, the other half is free (app/serve).
    const std::size_t readers = std::max(2U, std::thread::hardware_concurrency());
    return {.uri = mongo.uri,
            .database = mongo.database,
            .collection = mongo.collection,
            .readers = readers,
            .writers = settings.ocr_concurrency};
}

std::unique_ptr<texts::TextStore> open_text_store(const settings::Settings& settings, db::Database& database) {
    if (!settings.mongo) {
        return texts::make_sql_text_store(database);
    }
    return texts::make_mongo_text_store(mongo_options(settings, *settings.mongo));
}

std::string_view name_of_text_store(const settings::Settings& settings) {
    return settings.mongo ? "mongodb" : "sql";
}

}  // namespace nassaq::app
