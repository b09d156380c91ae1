#include "documents/place.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "http/problem.hpp"
#include "paths/store.hpp"

namespace nassaq::documents {

using http::Problem;

void refuse(PlaceError error) {
    if (error == PlaceError::no_such_path) {
        throw Problem(404, "Provided path doesn't exist.");
    }
    throw Problem(409, "A document with this filename already exists at the specified path.");
}

std::int64_t require_path(db::Session& session, const std::string& full_path) {
    const auto path_id = paths::find_path_id(session, full_path);
    if (!path_id) {
        refuse(PlaceError::no_such_path);
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

void require_supported(const settings::Settings& settings, const std::string& extension) {
    if (!is_supported(settings, extension)) {
        throw Problem(415, fmt::format("Unsupported file type '{}'. Supported: {}", extension,
                                       fmt::join(settings.supported_extensions, ", ")));
    }
}

}  // namespace nassaq::documents
