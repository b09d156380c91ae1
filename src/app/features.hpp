#pragma once

#include "api/answer_cache.hpp"
#include "api/services.hpp"
#include "app/node.hpp"
#include "audit/reading_log.hpp"
#include "audit/services.hpp"
#include "auth/services.hpp"
#include "documents/services.hpp"
#include "groups/services.hpp"
#include "handover/services.hpp"
#include "health/services.hpp"
#include "paths/services.hpp"
#include "permissions/services.hpp"
#include "quotas/services.hpp"
#include "roles/services.hpp"
#include "settings/settings.hpp"
#include "trash/services.hpp"
#include "users/services.hpp"

namespace nassaq::app {

/// What each feature uses. Everything that is referred to outlives this and is safe to use from several threads.
struct Features {
    api::Services access;
    audit::Services audit;
    auth::Services auth;
    documents::Services documents;
    groups::Services groups;
    handover::Services handover;
    health::Services health;
    paths::Services paths;
    permissions::Services permissions;
    quotas::Services quotas;
    roles::Services roles;
    trash::Services trash;
    users::Services users;
};

/// What documents are taken in, given and changed with: by a server, and by `nassaq import`, which is a way in of its
/// own. `settings`, `node`, `answers` and `reading_log` must outlive what is returned.
documents::Services document_services(const settings::Settings& settings, Node& node, api::AnswerCache& answers,
                                      audit::ReadingLog& reading_log);

}  // namespace nassaq::app
