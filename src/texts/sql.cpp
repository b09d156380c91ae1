#include "texts/sql.hpp"

#include <boost/describe.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/id.hpp"

namespace nassaq::texts {
namespace {

struct PageRow {
    std::int64_t page = 0;
    std::string method;
    std::optional<double> confidence;
    std::optional<std::string> language;
    std::string content;
};
BOOST_DESCRIBE_STRUCT(PageRow, (), (page, method, confidence, language, content))

ocr::Method stored_method(std::string_view text) {
    if (const auto method = ocr::find_method(text)) return *method;
    throw db::Error(db::ErrorKind::other, "Document_Text holds the unknown method '" + std::string(text) + "'");
}

ocr::Page to_page(PageRow row) {
    return {.number = row.page,
            .text = std::move(row.content),
            .method = stored_method(row.method),
            .confidence = row.confidence,
            .language = std::move(row.language).value_or("")};
}

class SqlTextStore final : public TextStore {
public:
    explicit SqlTextStore(db::Database& database) : database_(database) {}

    std::string put(const Subject& subject, const ocr::Document& document) override;
    bool visit_pages(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) override;
    void remove(std::int64_t doc_id) override;
    void check() override;

private:
    db::Database& database_;
};

std::string SqlTextStore::put(const Subject& subject, const ocr::Document& document) {
    return database_.transaction([&](db::Session& session) {
        const auto kept = session.query_page<std::string>(
            "SELECT text_id FROM Document_Text WHERE doc_id = ? ORDER BY page", {.limit = 1}, subject.doc_id);
        std::string text_id = kept.empty() ? random_uuid() : kept.front();
        session.execute("DELETE FROM Document_Text WHERE doc_id = ?", subject.doc_id);
        for (const ocr::Page& page : document.pages) {
            const auto language = page.language.empty() ? std::nullopt : std::optional(page.language);
            session.execute(
                "INSERT INTO Document_Text (doc_id, page, text_id, method, confidence, language, content) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                subject.doc_id, page.number, text_id, ocr::name_of(page.method), page.confidence, language, page.text);
        }
        return text_id;
    });
}

bool SqlTextStore::visit_pages(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) {
    bool found = false;
    database_.read_once([&](db::Session& session) {
        session.visit<PageRow>(
            "SELECT page, method, confidence, language, content FROM Document_Text WHERE doc_id = ? ORDER BY page",
            [&](PageRow row) {
                found = true;
                visit(to_page(std::move(row)));
            },
            doc_id);
    });
    return found;
}

void SqlTextStore::remove(std::int64_t doc_id) {
    database_.transaction(
        [&](db::Session& session) { session.execute("DELETE FROM Document_Text WHERE doc_id = ?", doc_id); });
}

void SqlTextStore::check() {
    database_.read([](db::Session& session) {
        session.find<std::int64_t>("SELECT page FROM Document_Text WHERE doc_id = ?", std::int64_t{0});
    });
}

}  // namespace

std::unique_ptr<TextStore> make_sql_text_store(db::Database& database) {
    return std::make_unique<SqlTextStore>(database);
}

}  // namespace nassaq::texts
