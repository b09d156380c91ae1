#include "jobs/storage_audit.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <vector>

namespace nassaq::jobs {
namespace {

/// Names by their hashes, and which of them were met.
class NameSet {
public:
    void add(std::string_view name) { hashes_.push_back(hash(name)); }
    /// Ends the adding.
    void seal() {
        std::ranges::sort(hashes_);
        met_.resize(hashes_.size());
    }
    /// @return whether the name is in the set.
    bool meet(std::string_view name) {
        const std::size_t at = position(name);
        if (at < met_.size()) {
            met_[at] = true;
        }
        return at < met_.size();
    }
    [[nodiscard]] bool was_met(std::string_view name) const {
        const std::size_t at = position(name);
        return at < met_.size() && met_[at];
    }

private:
    static std::size_t hash(std::string_view name) { return std::hash<std::string_view>()(name); }

    [[nodiscard]] std::size_t position(std::string_view name) const {
        const std::size_t wanted = hash(name);
        const auto found = std::ranges::lower_bound(hashes_, wanted);
        return found != hashes_.end() && *found == wanted ? static_cast<std::size_t>(found - hashes_.begin())
                                                          : hashes_.size();
    }

    std::vector<std::size_t> hashes_;
    std::vector<bool> met_;
};

bool still_has(db::Database& database, const DocumentBlob& document) {
    return database.read([&](db::Session& session) { return has_document(session, document.blob_name); });
}

}  // namespace

StorageAuditResult audit_storage(db::Database& database, storage::Storage& storage, Timestamp created_before,
                                 const std::function<void(const storage::BlobProperties&)>& on_orphan,
                                 const std::function<void(const DocumentBlob&)>& on_missing) {
    StorageAuditResult result;
    NameSet names;
    for_each_document_blob(database, [&](const DocumentBlob& document) {
        names.add(document.blob_name);
        ++result.documents;
    });
    names.seal();
    storage.list("", [&](const storage::BlobProperties& blob) {
        ++result.blobs;
        const bool is_known = names.meet(blob.name);
        if (!is_known && blob.last_modified < created_before &&
            !database.read([&](db::Session& session) { return has_document(session, blob.name); })) {
            on_orphan(blob);
        }
        return true;
    });
    for_each_document_blob(database, [&](const DocumentBlob& document) {
        if (!names.was_met(document.blob_name) && !storage.exists(document.blob_name) &&
            still_has(database, document)) {
            on_missing(document);
        }
    });
    return result;
}

}  // namespace nassaq::jobs
