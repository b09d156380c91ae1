#include "app/search_commands.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "app/database.hpp"
#include "app/texts.hpp"
#include "jobs/search_indexing.hpp"

namespace nassaq::app {

std::int64_t reindex(const settings::Settings& settings) {
    const auto database = open_database(settings);
    bring_to_current_schema(*database);
    const auto texts = open_text_store(settings, *database);
    jobs::forget_learned_words(*database);
    jobs::SearchIndexing indexing(*database, *texts, jobs::SearchIndexing::Scope::all);
    while (indexing.step({})) {
        fmt::print("{} documents, up to number {}\n", indexing.indexed(), indexing.last_doc_id());
        static_cast<void>(std::fflush(stdout));
    }
    jobs::finish_learning(*database);
    return indexing.indexed();
}

}  // namespace nassaq::app
