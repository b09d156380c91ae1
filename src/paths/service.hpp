#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/services.hpp"
#include "paths/model.hpp"

/// The rules about changing virtual paths. Each is one transaction, and throws http::Problem for what it refuses.
namespace nassaq::paths {

PathResponse create_path(api::Services& services, const api::Caller& admin, const CreatePath& request);
/// Renames the paths below it, too. Documents keep their blobs.
PathResponse update_path(api::Services& services, const api::Caller& admin, std::int64_t path_id,
                         const UpdatePath& request);
void delete_path(api::Services& services, const api::Caller& admin, std::int64_t path_id);

}  // namespace nassaq::paths
