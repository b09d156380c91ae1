#include "texts/mongo_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <utility>

#include "base/clock.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"

namespace nassaq::texts {
namespace {

/// The names and the small values of a page, generously.
constexpr std::size_t bytes_around_page = 200;
/// No page is cut for less.
constexpr std::size_t least_piece = 1024;

/// A text of others that names no method of ours was recognised: that is what the cloud worker does.
ocr::Method to_method(std::string_view text) {
    return ocr::find_method(text).value_or(ocr::Method::ocr);
}

// ---- writing

/// Appends to a document. @throws std::length_error when it gets too large, which the budgets prevent.
class Writer {
public:
    explicit Writer(bson_t& document) : document_(document) {}

    void text(std::string_view key, std::string_view value) {
        check(bson_append_utf8(&document_, key.data(), length(key), value.data(), length(value)));
    }
    void text_or_null(std::string_view key, std::string_view value) {
        if (value.empty()) {
            null(key);
        } else {
            text(key, value);
        }
    }
    void integer(std::string_view key, std::int64_t value) {
        check(bson_append_int64(&document_, key.data(), length(key), value));
    }
    void number(std::string_view key, double value) {
        check(bson_append_double(&document_, key.data(), length(key), value));
    }
    void null(std::string_view key) { check(bson_append_null(&document_, key.data(), length(key))); }
    void time(std::string_view key, Timestamp value) {
        const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(value).time_since_epoch();
        check(bson_append_date_time(&document_, key.data(), length(key), since_epoch.count()));
    }
    void document(std::string_view key, const std::function<void(Writer)>& write) {
        bson_t child;
        check(bson_append_document_begin(&document_, key.data(), length(key), &child));
        write(Writer(child));
        check(bson_append_document_end(&document_, &child));
    }
    void array(std::string_view key, const std::function<void(Writer)>& write) {
        bson_t child;
        check(bson_append_array_begin(&document_, key.data(), length(key), &child));
        write(Writer(child));
        check(bson_append_array_end(&document_, &child));
    }

private:
    static int length(std::string_view text) {
        if (std::cmp_greater(text.size(), std::numeric_limits<int>::max())) {
            throw std::length_error("a text is too long for one document");
        }
        return static_cast<int>(text.size());
    }
    static void check(bool appended) {
        if (!appended) {
            throw std::length_error("a document has become too large");
        }
    }

    bson_t& document_;
};

void write_pages(Writer writer, const PagePieces& pieces) {
    writer.array("pages", [&](Writer pages) {
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            pages.document(std::to_string(i), [&](Writer page) {
                const ocr::Page& whole = *pieces[i].page;
                page.integer("page", whole.number);
                page.text("text", pieces[i].text);
                page.text("method", ocr::name_of(whole.method));
                if (whole.confidence) {
                    page.number("confidence", *whole.confidence);
                } else {
                    page.null("confidence");
                }
                page.text_or_null("language", whole.language);
            });
        }
    });
}

/// The pages parted by form feeds, as pdftotext does it.
std::string joined(const PagePieces& pieces) {
    std::string text;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        if (i > 0) {
            text += '\f';
        }
        text += pieces[i].text;
    }
    return text;
}

void write_summary(Writer writer, const Subject& subject, const ocr::Document& document) {
    writer.document("ocr", [&](Writer ocr) {
        ocr.integer("page_count", static_cast<std::int64_t>(document.pages.size()));
        ocr.integer("word_count", document.word_count);
        ocr.number("avg_confidence", document.average_confidence);
        ocr.text("primary_language", document.primary_language);
        ocr.number("cost_usd", 0.0);
        ocr.number("elapsed_seconds", subject.elapsed_seconds);
    });
}

void write_text(Writer writer, const Subject& subject, const ocr::Document& document, const PagePieces& pieces) {
    writer.text("filename", subject.filename);
    writer.text("file_type", subject.file_type);
    writer.text("blob_path", subject.blob_url);
    if (subject.version > 1) {
        writer.integer("version", subject.version);
    }
    writer.text("extracted_text", joined(pieces));
    write_pages(writer, pieces);
    write_summary(writer, subject, document);
}

void write_end(Writer writer, std::string_view revision, std::size_t parts) {
    writer.time("processed_at", now());
    if (parts > 0) {
        writer.text("revision", revision);
        writer.integer("parts", static_cast<std::int64_t>(parts));
    }
}

/// As much of `text` as fits, without cutting a character in two.
std::string_view beginning(std::string_view text, std::size_t most) {
    if (text.size() <= most) {
        return text;
    }
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return text.substr(0, end);
}

// ---- reading

std::optional<std::string> text_at(const bson_iter_t& iterator) {
    if (!BSON_ITER_HOLDS_UTF8(&iterator)) {
        return std::nullopt;
    }
    std::uint32_t length = 0;
    const char* text = bson_iter_utf8(&iterator, &length);
    return std::string(text, length);
}

std::optional<double> number_at(const bson_iter_t& iterator) {
    return BSON_ITER_HOLDS_NUMBER(&iterator) ? std::optional(bson_iter_as_double(&iterator)) : std::nullopt;
}

/// Past 2^53 a double would not be exact; nobody has so many pages.
std::optional<std::int64_t> integer_at(const bson_iter_t& iterator) {
    return BSON_ITER_HOLDS_NUMBER(&iterator) ? std::optional(bson_iter_as_int64(&iterator)) : std::nullopt;
}

bool is_any_of(std::string_view key, std::initializer_list<std::string_view> keys) {
    return std::ranges::find(keys, key) != keys.end();
}

/// Some write per cent.
double to_fraction(double confidence) {
    return std::clamp(confidence > 1 ? confidence / 100 : confidence, 0.0, 1.0);
}

struct ForeignPage {
    ocr::Page page;
    bool has_text = false;
};

ForeignPage read_page(bson_iter_t element, std::int64_t number) {
    ForeignPage found{
        .page = {.number = number, .text = {}, .method = ocr::Method::ocr, .confidence = {}, .language = {}}};
    ocr::Page& page = found.page;
    if (auto whole = text_at(element)) {
        page.text = std::move(*whole);
        found.has_text = true;
        return found;
    }
    bson_iter_t field;
    if (!BSON_ITER_HOLDS_DOCUMENT(&element) || !bson_iter_recurse(&element, &field)) {
        return found;
    }
    while (bson_iter_next(&field)) {
        const std::string_view key = bson_iter_key(&field);
        if (is_any_of(key, {"page", "page_number", "number"})) {
            page.number = integer_at(field).value_or(number);
        } else if (is_any_of(key, {"text", "content", "extracted_text"})) {
            auto text = text_at(field);
            found.has_text = text.has_value();
            page.text = std::move(text).value_or("");
        } else if (is_any_of(key, {"confidence", "avg_confidence"})) {
            const auto confidence = number_at(field);
            page.confidence = confidence ? std::optional(to_fraction(*confidence)) : std::nullopt;
        } else if (is_any_of(key, {"language", "primary_language"})) {
            page.language = text_at(field).value_or("");
        } else if (key == "method") {
            page.method = to_method(text_at(field).value_or(""));
        }
    }
    return found;
}

std::vector<ocr::Page> read_pages(const bson_t& document) {
    std::vector<ocr::Page> pages;
    bson_iter_t field;
    bson_iter_t element;
    if (!bson_iter_init_find(&field, &document, "pages") || !BSON_ITER_HOLDS_ARRAY(&field) ||
        !bson_iter_recurse(&field, &element)) {
        return pages;
    }
    while (bson_iter_next(&element)) {
        auto found = read_page(element, static_cast<std::int64_t>(pages.size()) + 1);
        if (!found.has_text) {
            return {};  // Then it describes its pages only, and has the text of all in one.
        }
        pages.push_back(std::move(found.page));
    }
    return pages;
}

std::vector<ocr::Page> read_whole_text(const bson_t& document) {
    std::optional<std::string> text;
    // The second one is what the platform's `POST /documents/process` writes.
    for (const char* name : {"extracted_text", "cleaned_text"}) {
        bson_iter_t field;
        if (!text && bson_iter_init_find(&field, &document, name)) {
            text = text_at(field);
        }
    }
    std::vector<ocr::Page> pages;
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    for (std::size_t end = 0; end != std::string_view::npos; rest.remove_prefix(std::min(rest.size(), end + 1))) {
        end = rest.find('\f');
        pages.push_back({.number = static_cast<std::int64_t>(pages.size()) + 1,
                         .text = std::string(rest.substr(0, end)),
                         .method = ocr::Method::ocr,
                         .confidence = {},
                         .language = {}});
        if (end == std::string_view::npos) {
            break;
        }
    }
    return pages;
}

std::string id_at(const bson_iter_t& iterator) {
    if (BSON_ITER_HOLDS_OID(&iterator)) {
        std::array<char, 25> digits{};
        bson_oid_to_string(bson_iter_oid(&iterator), digits.data());
        return digits.data();
    }
    if (BSON_ITER_HOLDS_BINARY(&iterator)) {
        bson_subtype_t subtype{};
        std::uint32_t length = 0;
        const std::uint8_t* bytes = nullptr;
        bson_iter_binary(&iterator, &subtype, &length, &bytes);
        return text::to_hex({reinterpret_cast<const char*>(bytes), length});  // NOLINT: bytes as characters
    }
    return text_at(iterator).value_or("");
}

}  // namespace

std::vector<PagePieces> split(const ocr::Document& document, Budgets budgets) {
    std::vector<PagePieces> groups(1);
    std::size_t room = budgets.first;
    for (const ocr::Page& page : document.pages) {
        std::string_view rest = page.text;
        do {
            if (room < bytes_around_page + std::min(rest.size(), least_piece)) {
                groups.emplace_back();
                room = budgets.other;
            }
            const std::string_view piece = beginning(rest, room - bytes_around_page);
            groups.back().push_back({.page = &page, .text = piece});
            room -= bytes_around_page + piece.size();
            rest.remove_prefix(piece.size());
        } while (!rest.empty());
    }
    return groups;
}

/// RFC 9562, 5.8: a UUID of version 8 has bits of one's own choosing.
std::string text_id_of(std::int64_t doc_id) {
    Sha256 hash;
    hash.update(fmt::format("nassaq text {}", doc_id));
    const std::string hex = hash.finish();
    return fmt::format("{}-{}-8{}-8{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 3), hex.substr(15, 3),
                       hex.substr(18, 12));
}

std::string revision_of(const ocr::Document& document) {
    Sha256 hash;
    for (const ocr::Page& page : document.pages) {
        hash.update(fmt::format("{} {}\n", page.number, page.text.size()));
        hash.update(page.text);
    }
    return hash.finish().substr(0, 32);
}

std::string part_id(std::int64_t doc_id, std::string_view revision, std::size_t part) {
    return fmt::format("{}/{}/{}", text_id_of(doc_id), revision, part);
}

Bson by_doc_id(std::int64_t doc_id) {
    Bson filter(bson_new());
    Writer(*filter).integer("doc_id", doc_id);
    return filter;
}

Bson by_doc_id_unless_later(const Subject& subject) {
    return Bson(BCON_NEW("doc_id", BCON_INT64(subject.doc_id), "version", "{", "$not", "{", "$gt",
                         BCON_INT64(subject.version), "}", "}"));
}

Bson by_doc_id_if_later(const Subject& subject) {
    return Bson(
        BCON_NEW("doc_id", BCON_INT64(subject.doc_id), "version", "{", "$gt", BCON_INT64(subject.version), "}"));
}

Bson main_document(const Subject& subject, const ocr::Document& document, const PagePieces& pieces,
                   std::string_view revision, std::size_t parts) {
    Bson main(bson_new());
    Writer writer(*main);
    writer.text("_id", text_id_of(subject.doc_id));
    writer.integer("doc_id", subject.doc_id);
    write_text(writer, subject, document, pieces);
    writer.null("classification");
    write_end(writer, revision, parts);
    return main;
}

Bson main_update(const Subject& subject, const ocr::Document& document, const PagePieces& pieces,
                 std::string_view revision, std::size_t parts) {
    Bson update(bson_new());
    Writer writer(*update);
    writer.document("$set", [&](Writer set) {
        write_text(set, subject, document, pieces);
        write_end(set, revision, parts);
    });
    if (parts == 0) {
        writer.document("$unset", [](Writer unset) {
            unset.text("revision", "");
            unset.text("parts", "");
        });
    }
    return update;
}

Bson part_document(std::int64_t doc_id, std::string_view revision, std::size_t part, const PagePieces& pieces) {
    Bson document(bson_new());
    Writer writer(*document);
    writer.text("_id", part_id(doc_id, revision, part));
    writer.integer("text_of", doc_id);
    writer.text("revision", revision);
    write_pages(writer, pieces);
    return document;
}

std::optional<std::string> read_blob_path(const bson_t& main) {
    bson_iter_t field;
    return bson_iter_init_find(&field, &main, "blob_path") ? text_at(field) : std::nullopt;
}

Head read_head(const bson_t& main) {
    Head head;
    bson_iter_t field;
    if (bson_iter_init_find(&field, &main, "_id")) {
        head.id = id_at(field);
    }
    if (bson_iter_init_find(&field, &main, "revision")) {
        head.revision = text_at(field).value_or("");
    }
    if (!head.revision.empty() && bson_iter_init_find(&field, &main, "parts")) {
        head.parts = static_cast<std::size_t>(std::max<std::int64_t>(0, integer_at(field).value_or(0)));
    }
    return head;
}

void PageReader::read(const bson_t& document) {
    auto pages = read_pages(document);
    if (pages.empty()) {
        pages = read_whole_text(document);
    }
    bool may_go_on = true;
    for (ocr::Page& page : pages) {
        if (!text::is_valid_utf8(page.text) || !text::is_valid_utf8(page.language)) {
            throw std::runtime_error("the text store holds a text that is not UTF-8");
        }
        if (may_go_on && pending_ && pending_->number == page.number) {
            pending_->text += page.text;
        } else {
            finish();
            pending_ = std::move(page);
        }
        may_go_on = false;
    }
}

void PageReader::finish() {
    if (pending_) {
        visit_(*pending_);
        pending_.reset();
    }
}

}  // namespace nassaq::texts
