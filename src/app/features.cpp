#include "app/features.hpp"

#include "quotas/service.hpp"

namespace nassaq::app {

documents::Services document_services(const settings::Settings& settings, Node& node, api::AnswerCache& answers,
                                      audit::ReadingLog& reading_log) {
    return {.settings = settings,
            .quota_defaults = quotas::default_limits(settings),
            .database = node.database(),
            .storage = node.storage(),
            .finder = node.place_finder(),
            .upgrade = node.upgrade(),
            .texts = node.texts(),
            .stages = node.stages(),
            .outbox = node.outbox(),
            .blob_deletions = node.blob_deletions(),
            .events = node.events(),
            .answers = answers,
            .reading_log = reading_log};
}

}  // namespace nassaq::app
