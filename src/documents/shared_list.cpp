#include "documents/shared_list.hpp"

#include <fmt/format.h>

#include <string>

#include "access/audiences.hpp"

namespace nassaq::documents {
namespace {

using access::Reach;
using access::ReadableCondition;

/// More are looked at in other ways.
constexpr std::size_t most_audiences = 256;

/// Writes one statement; what is bound to it comes in the order of the text.
class Writer {
public:
    Writer(const Filter& filter, db::Dialect dialect, std::string_view newest)
        : filter_(filter), reach_(*filter.reader->reach), dialect_(dialect), newest_(newest) {}

    ReadableCondition write_count() &&;
    ReadableCondition write_page(std::string_view own, db::Paging page) &&;

private:
    template <class... Arguments>
    void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        fmt::format_to(std::back_inserter(query_.sql), format, std::forward<Arguments>(arguments)...);
    }
    void add_value(std::int64_t value) { query_.values.emplace_back(value); }
    [[nodiscard]] bool is_sqlite() const { return dialect_ == db::Dialect::sqlite; }

    void add_is_one_of(std::string_view column, std::span<const std::int64_t> ids);
    void add_status(std::string_view table);
    void add_own_count();
    void add_status_of_document();
    void add_others(std::string_view table);
    void add_single_documents(std::string_view selected);
    void add_newest_of_sqlite(std::int64_t count);
    void add_newest_of_postgres(std::int64_t count);

    const Filter& filter_;
    const Reach& reach_;
    db::Dialect dialect_;
    std::string_view newest_;
    ReadableCondition query_;
};

void Writer::add_is_one_of(std::string_view column, std::span<const std::int64_t> ids) {
    const std::string condition = access::is_one_of(column, ids, dialect_, query_);
    query_.sql += condition;
}

void Writer::add_status(std::string_view table) {
    if (!filter_.status) return;
    add(" AND {}.status = CAST(? AS VARCHAR(20))", table);
    query_.values.emplace_back(std::string_view(*filter_.status));
}

void Writer::add_own_count() {
    if (filter_.reader->has_others_only) {
        add("0");
    } else if (is_sqlite()) {
        add("(SELECT COALESCE(SUM(c.documents), 0) FROM Document_Counts c WHERE c.user_id = ?");
        add_value(reach_.owner_id);
        add_status("c");
        add(")");
    } else {
        add("(SELECT COUNT(*) FROM Documents d{} WHERE d.uploaded_by_user_id = ?",
            filter_.status ? " JOIN Processing_Status s ON s.doc_id = d.doc_id" : "");
        add_value(reach_.owner_id);
        add_status_of_document();
        add(")");
    }
}

void Writer::add_status_of_document() {
    if (!filter_.status) return;
    add_status("s");
    add(" AND s.stage_name = 'OCR' AND {}", newest_);
}

/// Of Audience_Documents, those that are not one's own, and not hidden.
void Writer::add_others(std::string_view table) {
    add_status(table);
    add(" AND {}.owner_id <> ?", table);
    add_value(reach_.owner_id);
    if (!reach_.hidden.empty()) {
        add(" AND NOT ");
        add_is_one_of(fmt::format("{}.doc_id", table), reach_.hidden);
    }
}

/// Those that are in no audience which may be read.
void Writer::add_single_documents(std::string_view selected) {
    add("SELECT {} FROM Documents d{} WHERE ", selected,
        filter_.status ? " JOIN Processing_Status s ON s.doc_id = d.doc_id" : "");
    add_is_one_of("d.doc_id", reach_.documents);
    add(" AND d.uploaded_by_user_id <> ?");
    add_value(reach_.owner_id);
    add_status_of_document();
    add(" AND NOT EXISTS (SELECT 1 FROM Audience_Documents a WHERE a.doc_id = d.doc_id AND ");
    add_is_one_of("a.audience_id", reach_.audiences);
    add(")");
}

/// SQLite has the numbers of each audience, with one's own and hidden documents among them.
ReadableCondition Writer::write_count() && {
    add("(");
    add_own_count();
    if (is_sqlite()) {
        add(" + (SELECT COALESCE(SUM(CASE c.owner_id WHEN 0 THEN c.documents ELSE -c.documents END), 0) "
            "FROM Audience_Counts c WHERE ");
        add_is_one_of("c.audience_id", reach_.audiences);
        add(" AND c.owner_id IN (0, ?)");
        add_value(reach_.owner_id);
        add_status("c");
        add(")");
        if (!reach_.hidden.empty()) {
            add(" - (SELECT COUNT(*) FROM Audience_Documents a WHERE ");
            add_is_one_of("a.doc_id", reach_.hidden);
            add(" AND ");
            add_is_one_of("+a.audience_id", reach_.audiences);
            add_status("a");
            add(" AND a.owner_id <> ?");
            add_value(reach_.owner_id);
            add(")");
        }
    } else {
        add(" + (SELECT COUNT(*) FROM Audience_Documents a WHERE ");
        add_is_one_of("a.audience_id", reach_.audiences);
        add_others("a");
        add(")");
    }
    if (!reach_.documents.empty()) {
        add(" + (");
        add_single_documents("COUNT(*)");
        add(")");
    }
    add(")");
    return std::move(query_);
}

/// SQLite has no LATERAL: of each audience it takes what is not older than the last one that a page could need.
void Writer::add_newest_of_sqlite(std::int64_t count) {
    add("SELECT a.doc_id, a.uploaded_at FROM json_each(?) r CROSS JOIN Audience_Documents a "
        "ON a.audience_id = r.value AND a.uploaded_at >= COALESCE((SELECT b.uploaded_at FROM Audience_Documents b "
        "WHERE b.audience_id = r.value");
    query_.texts.push_back(fmt::format("[{}]", fmt::join(reach_.audiences, ",")));
    query_.values.emplace_back(std::string_view(query_.texts.back()));
    add_others("b");
    add(" ORDER BY b.uploaded_at DESC, b.doc_id DESC LIMIT 1 OFFSET ?), '') WHERE TRUE");
    add_value(count - 1);
    add_others("a");
}

void Writer::add_newest_of_postgres(std::int64_t count) {
    add("SELECT a.doc_id, a.uploaded_at FROM unnest(CAST(? AS BIGINT[])) r (id) CROSS JOIN LATERAL (SELECT a.doc_id, "
        "a.uploaded_at FROM Audience_Documents a WHERE a.audience_id = r.id");
    query_.texts.push_back(fmt::format("{{{}}}", fmt::join(reach_.audiences, ",")));
    query_.values.emplace_back(std::string_view(query_.texts.back()));
    add_others("a");
    add(" ORDER BY a.uploaded_at DESC, a.doc_id DESC LIMIT ?) a");
    add_value(count);
}

/// The newest of one's own, of each audience, and the single documents: the page is among them.
ReadableCondition Writer::write_page(std::string_view own, db::Paging page) && {
    const std::int64_t count = page.skip + page.limit;
    add("SELECT f.doc_id FROM (");
    if (!filter_.reader->has_others_only) {
        add("SELECT * FROM (SELECT d.doc_id, d.uploaded_at {} WHERE d.uploaded_by_user_id = ?", own);
        add_value(reach_.owner_id);
        add_status_of_document();
        add(" ORDER BY d.uploaded_at DESC, d.doc_id DESC LIMIT ?) o UNION ALL ");
        add_value(count);
    }
    is_sqlite() ? add_newest_of_sqlite(count) : add_newest_of_postgres(count);
    if (!reach_.documents.empty()) {
        add(" UNION ALL ");
        add_single_documents("d.doc_id, d.uploaded_at");
    }
    add(") f ORDER BY f.uploaded_at DESC, f.doc_id DESC LIMIT ? OFFSET ?");
    add_value(page.limit);
    add_value(page.skip);
    return std::move(query_);
}

}  // namespace

bool is_of_audiences(db::Session& session, const Filter& filter) {
    if (!filter.reader || filter.user_id || !access::has_audiences(session.dialect())) return false;
    const Reach& reach = *filter.reader->reach;
    if (reach.kind != Reach::Kind::some || reach.audiences.size() > most_audiences) return false;
    return reach.audiences.empty() || access::are_those_of(access::read_audience_state(session), reach);
}

ReadableCondition count_in_audiences(const Filter& filter, db::Dialect dialect, std::string_view newest) {
    return Writer(filter, dialect, newest).write_count();
}

ReadableCondition page_of_audiences(const Filter& filter, db::Dialect dialect, std::string_view newest,
                                    std::string_view own, db::Paging page) {
    return Writer(filter, dialect, newest).write_page(own, page);
}

}  // namespace nassaq::documents
