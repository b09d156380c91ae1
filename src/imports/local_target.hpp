#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>

#include "api/caller.hpp"
#include "db/foreign_keys.hpp"
#include "documents/services.hpp"
#include "imports/target.hpp"
#include "paths/services.hpp"

namespace nassaq::imports {

/// The documents of this installation, which become those of a user.
class LocalTarget final : public Target {
public:
    LocalTarget(documents::Services services, db::ForeignKeys& foreign_keys, std::int64_t owner_id);

    [[nodiscard]] std::optional<std::string> foresee_refusal(std::string_view filename,
                                                             std::int64_t size) const override;
    std::expected<Imported, Failure> take(const Candidate& candidate) override;

private:
    std::expected<Imported, Failure> take_for(const api::Caller& owner, const Candidate& candidate);
    std::optional<Failure> make_path(const api::Caller& owner, const std::string& full_path);

    documents::Services services_;
    paths::Services paths_;
    std::int64_t owner_id_;
    std::mutex mutex_;
    std::set<std::string> known_paths_;
};

}  // namespace nassaq::imports
