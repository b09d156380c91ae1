#pragma once

#include "api/services.hpp"
#include "audit/services.hpp"
#include "auth/services.hpp"
#include "documents/services.hpp"
#include "health/services.hpp"
#include "paths/services.hpp"
#include "quotas/services.hpp"
#include "roles/services.hpp"
#include "trash/services.hpp"
#include "users/services.hpp"

namespace nassaq::app {

/// What each feature uses. Everything that is referred to outlives this and is safe to use from several threads.
struct Features {
    api::Services access;
    audit::Services audit;
    auth::Services auth;
    documents::Services documents;
    health::Services health;
    paths::Services paths;
    quotas::Services quotas;
    roles::Services roles;
    trash::Services trash;
    users::Services users;
};

}  // namespace nassaq::app
