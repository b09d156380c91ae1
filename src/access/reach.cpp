#include "access/reach.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <utility>

namespace nassaq::access {
namespace {

std::string is_own(std::string_view documents, const Reach& reach, ReadableCondition& condition) {
    condition.values.emplace_back(reach.owner_id);
    return fmt::format("{}.uploaded_by_user_id = ?", documents);
}

std::string is_one_of_some(std::string_view documents, const Reach& reach, db::Dialect dialect,
                           ReadableCondition& condition) {
    const std::string doc_id = fmt::format("{}.doc_id", documents);
    std::string sql = is_own(documents, reach, condition);
    if (!reach.documents.empty()) {
        sql += " OR " + is_one_of(doc_id, reach.documents, dialect, condition);
    }
    if (!reach.folders.empty()) {
        sql += " OR " + is_one_of(fmt::format("{}.path_id", documents), reach.folders, dialect, condition);
        if (!reach.hidden.empty()) {
            sql += " AND NOT " + is_one_of(doc_id, reach.hidden, dialect, condition);
        }
    }
    return sql;
}

}  // namespace

std::string is_one_of(std::string_view column, std::span<const std::int64_t> ids, db::Dialect dialect,
                      ReadableCondition& condition) {
    const bool is_postgres = dialect == db::Dialect::postgres;
    condition.texts.push_back(
        fmt::format("{}{}{}", is_postgres ? '{' : '[', fmt::join(ids, ","), is_postgres ? '}' : ']'));
    condition.values.emplace_back(std::string_view(condition.texts.back()));
    switch (dialect) {
        case db::Dialect::sqlite:
            return fmt::format("{} IN (SELECT value FROM json_each(?))", column);
        case db::Dialect::postgres:
            return fmt::format("{} = ANY (CAST(? AS BIGINT[]))", column);
        case db::Dialect::mssql:
            break;
    }
    return fmt::format("{} IN (SELECT id FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (id BIGINT '$'))", column);
}

bool Reach::includes(std::int64_t doc_id, std::int64_t owner_id_of_document, std::int64_t path_id) const {
    if (kind == Kind::nothing || kind == Kind::everything) return kind == Kind::everything;
    if (owner_id_of_document == owner_id || std::ranges::binary_search(documents, doc_id)) return true;
    return std::ranges::binary_search(folders, path_id) && !std::ranges::binary_search(hidden, doc_id);
}

std::shared_ptr<const Reach> reach_of_owner(std::int64_t owner_id) {
    return std::make_shared<const Reach>(Reach{.kind = Reach::Kind::own, .owner_id = owner_id});
}

std::shared_ptr<const Reach> reach_of_everything() {
    return std::make_shared<const Reach>(Reach{.kind = Reach::Kind::everything, .owner_id = 0});
}

ReadableCondition readable_by(const Reach& reach, db::Dialect dialect, std::string_view documents) {
    ReadableCondition condition;
    switch (reach.kind) {
        case Reach::Kind::nothing:
            condition.sql = "(1 = 0)";
            break;
        case Reach::Kind::own:
            condition.sql = fmt::format("({})", is_own(documents, reach, condition));
            break;
        case Reach::Kind::some:
            condition.sql = fmt::format("({})", is_one_of_some(documents, reach, dialect, condition));
            break;
        case Reach::Kind::everything:
            condition.sql = "(1 = 1)";
            break;
    }
    return condition;
}

ReadableCondition count_of_readable(const Reach& reach, db::Dialect dialect, bool others_only) {
    ReadableCondition count;
    constexpr std::string_view from = "(SELECT COUNT(*) FROM Documents d WHERE ";
    const auto in_folders = [&] { return is_one_of("d.path_id", reach.folders, dialect, count); };
    const auto own = [&](std::string_view comparison) {
        count.values.emplace_back(reach.owner_id);
        return fmt::format("d.uploaded_by_user_id {} ?", comparison);
    };
    count.sql = "(0";
    const auto add = [&](std::string_view sign, const std::string& condition) {
        count.sql += fmt::format(" {} {}{})", sign, from, condition);
    };
    if (!others_only) {
        add("+", own("="));
    }
    if (!reach.folders.empty()) {
        add("+", in_folders());
        std::string own_there = own("=");
        own_there += " AND " + in_folders();
        add("-", own_there);
    }
    if (!reach.folders.empty() && !reach.hidden.empty()) {
        std::string hidden = is_one_of("d.doc_id", reach.hidden, dialect, count);
        hidden += " AND " + own("<>");
        hidden += " AND " + in_folders();
        add("-", hidden);
    }
    if (!reach.documents.empty()) {
        std::string single = is_one_of("d.doc_id", reach.documents, dialect, count);
        single += " AND " + own("<>");
        if (!reach.folders.empty()) {
            single += " AND NOT " + in_folders();
        }
        add("+", single);
    }
    count.sql += ")";
    return count;
}

}  // namespace nassaq::access
