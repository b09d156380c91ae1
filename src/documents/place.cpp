#include "documents/place.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "paths/store.hpp"

namespace nassaq::documents {

std::unexpected<api::Refusal> refuse_place(PlaceError error) {
    if (error == PlaceError::no_such_path) {
        return api::refuse(RefusalCode::path_not_found, "Provided path doesn't exist.");
    }
    return api::refuse(RefusalCode::document_exists,
                       "A document with this filename already exists at the specified path.");
}

api::Result<> require_may_put(const api::Caller& caller, std::string_view full_path) {
    if (!caller.rights->may(access::Action::path_read, full_path)) {
        return refuse_place(PlaceError::no_such_path);
    }
    if (!caller.rights->may(access::Action::path_create, full_path)) {
        return api::refuse(RefusalCode::path_forbidden, "You do not have permission to put documents there.");
    }
    return {};
}

api::Result<std::int64_t> require_path(db::Session& session, const api::Caller& caller, const std::string& full_path) {
    const auto path_id = paths::find_path_id(session, full_path);
    if (!path_id) {
        return refuse_place(PlaceError::no_such_path);
    }
    if (auto allowed = require_may_put(caller, full_path); !allowed) {
        return std::unexpected(std::move(allowed.error()));
    }
    return *path_id;
}

std::string path_of(const UploadFields& fields) {
    return fields.full_path.empty() ? std::string(paths::root) : fields.full_path;
}

bool is_supported(const settings::Settings& settings, std::string_view extension) {
    const auto& supported = settings.supported_extensions;
    return std::ranges::find(supported, extension) != supported.end();
}

api::Result<> require_supported(const settings::Settings& settings, const std::string& extension) {
    if (!is_supported(settings, extension)) {
        return api::refuse(RefusalCode::file_type_unsupported,
                           fmt::format("Unsupported file type '{}'. Supported: {}", extension,
                                       fmt::join(settings.supported_extensions, ", ")));
    }
    return {};
}

}  // namespace nassaq::documents
