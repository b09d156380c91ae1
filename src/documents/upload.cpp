#include "documents/upload.hpp"

#include <exception>

#include "audit/audit.hpp"
#include "base/log.hpp"
#include "documents/content_type.hpp"
#include "documents/extraction_job.hpp"
#include "documents/filename.hpp"
#include "documents/place.hpp"
#include "documents/store.hpp"
#include "http/problem.hpp"

namespace nassaq::documents {
namespace {

using http::Problem;

std::string require_filename(std::string_view client_name) {
    auto name = safe_filename(client_name);
    if (!name) {
        throw Problem(400, "Invalid filename");
    }
    return std::move(*name);
}

void require_content(const SpoolFile& content, const std::string& extension) {
    if (content.size() == 0) {
        throw Problem(400, "Uploaded file is empty");
    }
    if (!content_matches(content.path(), extension)) {
        throw Problem(415, "File content does not match its extension");
    }
}

/// @return the id of the path to put the document in.
std::int64_t require_free_place(db::Session& session, const std::string& full_path, const std::string& filename) {
    const std::int64_t path_id = require_path(session, full_path);
    if (document_exists(session, filename, path_id)) {
        refuse(PlaceError::already_exists);
    }
    return path_id;
}

/// A blob that no document has yet: removed again unless keep() is called.
class NewBlob {
public:
    NewBlob(storage::Storage& storage, std::string name) : storage_(storage), name_(std::move(name)) {}
    NewBlob(const NewBlob&) = delete;
    NewBlob& operator=(const NewBlob&) = delete;
    ~NewBlob() {
        if (!kept_) {
            remove();
        }
    }
    void keep() { kept_ = true; }
    [[nodiscard]] const std::string& name() const { return name_; }

private:
    void remove() noexcept {
        try {
            storage_.remove(name_);
        } catch (const std::exception& error) {
            log::error("a blob without a document remains", {{"blob", name_}, {"error", error.what()}});
        }
    }

    storage::Storage& storage_;
    std::string name_;
    bool kept_ = false;
};

/// Stores the content under a name that nothing else has. @return that name.
std::string store_blob(api::Services& services, SpoolFile& content, const std::string& full_path,
                       const std::string& filename, std::string_view content_type) {
    std::string plain = blob_name(full_path, filename);
    content.note_blob_name(plain);
    if (services.blob_deletions.upload(plain, content, content_type)) {
        return plain;
    }
    std::string other = alternative_blob_name(full_path, filename);
    content.note_blob_name(other);
    if (!services.blob_deletions.upload(other, content, content_type)) {
        throw std::runtime_error("a random blob name is taken: " + other);
    }
    return other;
}

std::string store_or_refuse(api::Services& services, SpoolFile& content, const std::string& full_path,
                            const std::string& filename, std::string_view content_type) {
    try {
        return store_blob(services, content, full_path, filename, content_type);
    } catch (const std::system_error& error) {
        if (error.code() == std::errc::no_space_on_device) {
            throw Problem(507, "Storage is full");
        }
        log::error("storing an upload failed", {{"error", error.what()}});
    } catch (const db::Error&) {
        throw;
    } catch (const std::exception& error) {
        log::error("storing an upload failed", {{"error", error.what()}});
    }
    throw Problem(500, "Storage upload failed");
}

std::int64_t insert_with_job(api::Services& services, const NewDocument& document) {
    return services.database.transaction([&](db::Session& session) {
        const auto doc_id = insert_document(session, document);
        if (!doc_id) {
            refuse(doc_id.error());
        }
        enqueue_extraction(services, session,
                           {.doc_id = *doc_id,
                            .file_path = services.storage.url(document.blob_name),
                            .filename = document.filename,
                            .user_id = document.uploaded_by_user_id});
        audit::record(session, audit::Action::document_upload, document.uploaded_by_user_id, *doc_id);
        return *doc_id;
    });
}

/// A connection lost at the COMMIT leaves unknown whether the document is there. Its blob then stays: one too many is
/// the janitor's work, one too few a lost document.
std::int64_t insert_or_keep_blob(api::Services& services, NewBlob& blob, const NewDocument& document) {
    try {
        return insert_with_job(services, document);
    } catch (const db::Error& error) {
        if (error.kind() == db::ErrorKind::connection_lost || error.kind() == db::ErrorKind::timeout) {
            blob.keep();
        }
        throw;
    }
}

}  // namespace

UploadResponse upload_document(api::Services& services, const api::Caller& caller, http::UploadedFile& file,
                               const UploadFields& fields) {
    const std::string filename = require_filename(file.filename);
    const std::string extension = extension_of(filename);
    const std::string full_path = fields.full_path.empty() ? std::string(paths::root) : fields.full_path;
    require_supported(services.settings, extension);
    require_content(file.content, extension);
    const std::int64_t path_id =
        services.database.read([&](db::Session& session) { return require_free_place(session, full_path, filename); });

    const std::string_view content_type = content_type_of(extension);
    NewBlob blob(services.storage, store_or_refuse(services, file.content, full_path, filename, content_type));
    const std::int64_t doc_id = insert_or_keep_blob(services, blob,
                                                    {.filename = filename,
                                                     .path_id = path_id,
                                                     .uploaded_by_user_id = caller.user_id,
                                                     .size = static_cast<std::int64_t>(file.content.size()),
                                                     .content_type = content_type,
                                                     .file_type = extension.substr(1),
                                                     .description = fields.description,
                                                     .sha256 = file.content.sha256(),
                                                     .blob_name = blob.name()});
    blob.keep();
    services.outbox.notify();
    return {.filename = filename,
            .path = services.storage.url(blob.name()),
            .ctype = std::string(content_type),
            .size = static_cast<std::int64_t>(file.content.size()),
            .metadata = {.description = fields.description, .full_path = fields.full_path},
            .doc_id = doc_id,
            .sha256 = file.content.sha256()};
}

}  // namespace nassaq::documents
