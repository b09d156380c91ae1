#include "app/features.hpp"

#include "quotas/service.hpp"

namespace nassaq::app {

documents::Services document_services(const settings::Settings& settings, Node& node, db::ForeignKeys& foreign_keys,
                                      api::AnswerCache& answers, audit::ReadingLog& reading_log) {
    return {.settings = settings,
            .quota_defaults = quotas::default_limits(settings),
            .database = node.database(),
            .foreign_keys = foreign_keys,
            .storage = node.storage(),
            .texts = node.texts(),
            .stages = node.stages(),
            .outbox = node.outbox(),
            .blob_deletions = node.blob_deletions(),
            .events = node.events(),
            .answers = answers,
            .reading_log = reading_log};
}

}  // namespace nassaq::app
