#include "documents/new_blob.hpp"

#include <chrono>
#include <exception>
#include <stdexcept>
#include <system_error>

#include "base/file.hpp"
#include "base/log.hpp"
#include "documents/content_type.hpp"

namespace nassaq::documents {
namespace {

using api::refuse;
using api::Result;

/// Well below any sensible BLOB_ORPHAN_GRACE_MINUTES.
constexpr std::chrono::minutes longest_life_without_a_row{5};

std::string store_blob(Services& services, SpoolFile& content, const std::vector<std::string>& names,
                       std::string_view content_type) {
    for (const std::string& name : names) {
        content.note_blob_name(name);
        if (services.blob_deletions.upload(name, content, content_type)) {
            return name;
        }
    }
    throw std::runtime_error("a random blob name is taken: " + names.back());
}

}  // namespace

Result<std::string_view> require_content(const SpoolFile& content, const std::string& extension) {
    if (content.size() == 0) {
        return refuse(RefusalCode::file_empty, "Uploaded file is empty");
    }
    const auto content_type = find_content_type(content.path(), extension);
    if (!content_type) {
        return refuse(RefusalCode::content_mismatch, "File content does not match its extension");
    }
    return *content_type;
}

Result<std::string> store_new_blob(Services& services, SpoolFile& content, const std::vector<std::string>& names,
                                   std::string_view content_type) {
    try {
        return store_blob(services, content, names, content_type);
    } catch (const std::system_error& error) {
        if (file::is_full(error)) {
            return refuse(RefusalCode::storage_full, "Storage is full");
        }
        log::error("storing an upload failed", {{"error", error.what()}});
    } catch (const db::Error&) {
        throw;
    } catch (const std::exception& error) {
        log::error("storing an upload failed", {{"error", error.what()}});
    }
    return refuse_as_not_stored();
}

std::unexpected<api::Refusal> refuse_as_not_stored() {
    return refuse(RefusalCode::storage_failed, "Storage upload failed");
}

bool NewBlob::is_lost(db::Session& transaction) const {
    const bool is_lost =
        now() - stored_at_ > longest_life_without_a_row || jobs::BlobDeletions::is_given_up(transaction, name_);
    if (is_lost) {
        log::error("a blob was given up before its document was recorded", {{"blob", name_}});
    }
    return is_lost;
}

}  // namespace nassaq::documents
