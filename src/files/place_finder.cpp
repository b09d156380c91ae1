#include "files/place_finder.hpp"

#include <boost/describe.hpp>
#include <string_view>

#include "base/log.hpp"
#include "base/text.hpp"
#include "files/store.hpp"
#include "storage/second_container.hpp"

namespace nassaq::files {
namespace {

/// The platform's ids of files in the second container. ObjectIds of MongoDB are shorter.
constexpr std::size_t uuid_length = 36;

struct CurrentFile {
    std::string text_id;
    std::optional<std::int64_t> size;
};
BOOST_DESCRIBE_STRUCT(CurrentFile, (), (text_id, size))

}  // namespace

std::string PlaceFinder::find(const UntakenDocument& document) {
    if (!document.is_of_the_platform) {
        return document.place;
    }
    const auto places = candidates(document.doc_id, document.place, document.text_id);
    for (const std::string& place : places) {
        if (is_at(place, document.file_size)) {
            return place;
        }
    }
    return places.front();
}

std::optional<std::string> PlaceFinder::follow(std::int64_t doc_id, const std::string& place) {
    const auto file = database_.read([&](db::Session& session) {
        return session.find<CurrentFile>(
            "SELECT d.mongo_doc_id, d.file_size FROM Documents d WHERE d.doc_id = ? AND NOT EXISTS (SELECT 1 FROM "
            "Document_Files f WHERE f.doc_id = d.doc_id AND f.kind = 'original' AND f.version > 1)",
            doc_id);
    });
    if (!file) {
        return std::nullopt;  // Where a later version lies, only we know.
    }
    for (const std::string& other : candidates(doc_id, place, file->text_id)) {
        if (other != place && is_at(other, file->size)) {
            log::info("the file of a document was moved by another program", {{"doc_id", doc_id}, {"place", other}});
            database_.transaction([&](db::Session& session) {
                take_in(session, doc_id);
                move_to(session, doc_id, place, other);
            });
            return other;
        }
    }
    return std::nullopt;
}

std::vector<std::string> PlaceFinder::candidates(std::int64_t doc_id, const std::string& place,
                                                 const std::string& text_id) {
    std::vector<std::string> places;
    if (const auto blob_path = texts_.find_blob_path(doc_id)) {
        places.push_back(name_in(*blob_path));
    }
    places.push_back(place);
    if (text_id.size() == uuid_length) {
        places.push_back(storage::second_container_name(text_id));
    }
    return places;
}

/// A blob that was not moved is told by its URL, another by its name.
std::string PlaceFinder::name_in(const std::string& blob_path) const {
    const std::string url_of_x = storage_.url("x");
    const std::string_view container(url_of_x.data(), url_of_x.size() - 1);
    return blob_path.starts_with(container) ? text::percent_decode(blob_path.substr(container.size()))
                                            : storage::blob_name_in_url(blob_path);
}

bool PlaceFinder::is_at(const std::string& place, const std::optional<std::int64_t>& size) {
    if (!storage::is_blob_name(place) && !storage::is_in_second_container(place)) {
        return false;  // MongoDB may say anything.
    }
    const auto blob = storage_.properties(place);
    return blob && (!size || static_cast<std::int64_t>(blob->size) == *size);
}

}  // namespace nassaq::files
