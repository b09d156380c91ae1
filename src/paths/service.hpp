#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "paths/model.hpp"
#include "paths/services.hpp"

/// The rules about changing virtual paths. Each is one transaction.
namespace nassaq::paths {

api::Result<PathResponse> create_path(Services& services, const api::Caller& caller, const CreatePath& request);
/// The same by a command, whose caller need not have the right: whoever may run it may act for anybody.
api::Result<PathResponse> create_path_by_command(Services& services, const api::Caller& owner,
                                                 const CreatePath& request);
/// Renames the paths below it, too. Documents keep their blobs.
api::Result<PathResponse> update_path(Services& services, const api::Caller& caller, std::int64_t path_id,
                                      const UpdatePath& request);
api::Result<> delete_path(Services& services, const api::Caller& caller, std::int64_t path_id);

}  // namespace nassaq::paths
