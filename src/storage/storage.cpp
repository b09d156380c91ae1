#include "storage/storage.hpp"

#include "base/text.hpp"

namespace nassaq::storage {

std::vector<BlobProperties> Storage::find(std::string_view query, std::string_view prefix) {
    const std::string wanted = text::fold_case(query);
    std::vector<BlobProperties> found;
    list(prefix, [&](const BlobProperties& blob) {
        const std::string_view name = blob.name;
        const std::string_view last_segment = name.substr(name.rfind('/') + 1);
        if (text::fold_case(last_segment).find(wanted) != std::string::npos) {
            found.push_back(blob);
        }
        return true;
    });
    return found;
}

bool Storage::is_stored_from(std::string_view, const std::filesystem::path&) {
    return false;
}

}  // namespace nassaq::storage
