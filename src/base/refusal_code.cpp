#include "base/refusal_code.hpp"

#include <array>
#include <cstddef>

namespace nassaq {
namespace {

constexpr auto names = std::to_array<NamedRefusal>({
    {RefusalCode::malformed_request, "malformed_request"},
    {RefusalCode::https_required, "https_required"},
    {RefusalCode::malformed_query, "malformed_query"},
    {RefusalCode::malformed_body, "malformed_body"},
    {RefusalCode::field_too_large, "field_too_large"},
    {RefusalCode::too_many_files, "too_many_files"},
    {RefusalCode::request_timeout, "request_timeout"},
    {RefusalCode::header_too_large, "header_too_large"},
    {RefusalCode::body_too_large, "body_too_large"},
    {RefusalCode::file_too_large, "file_too_large"},
    {RefusalCode::expectation_unknown, "expectation_unknown"},
    {RefusalCode::transfer_encoding_unknown, "transfer_encoding_unknown"},
    {RefusalCode::http_version_unsupported, "http_version_unsupported"},
    {RefusalCode::route_not_found, "route_not_found"},
    {RefusalCode::method_not_allowed, "method_not_allowed"},
    {RefusalCode::precondition_failed, "precondition_failed"},
    {RefusalCode::range_not_satisfiable, "range_not_satisfiable"},
    {RefusalCode::too_many_connections, "too_many_connections"},
    {RefusalCode::too_many_uploads, "too_many_uploads"},
    {RefusalCode::too_many_event_streams, "too_many_event_streams"},
    {RefusalCode::too_many_searches, "too_many_searches"},
    {RefusalCode::server_busy, "server_busy"},
    {RefusalCode::internal_error, "internal_error"},
    {RefusalCode::storage_failed, "storage_failed"},
    {RefusalCode::storage_full, "storage_full"},
    {RefusalCode::not_authenticated, "not_authenticated"},
    {RefusalCode::credentials_invalid, "credentials_invalid"},
    {RefusalCode::account_pending, "account_pending"},
    {RefusalCode::not_authorized, "not_authorized"},
    {RefusalCode::validation_failed, "validation_failed"},
    {RefusalCode::too_many_requests, "too_many_requests"},
    {RefusalCode::database_unavailable, "database_unavailable"},
    {RefusalCode::email_taken, "email_taken"},
    {RefusalCode::username_taken, "username_taken"},
    {RefusalCode::username_or_email_taken, "username_or_email_taken"},
    {RefusalCode::login_failed, "login_failed"},
    {RefusalCode::account_inactive, "account_inactive"},
    {RefusalCode::refresh_token_invalid, "refresh_token_invalid"},
    {RefusalCode::refresh_token_required, "refresh_token_required"},
    {RefusalCode::token_user_not_found, "token_user_not_found"},
    {RefusalCode::token_user_inactive, "token_user_inactive"},
    {RefusalCode::password_incorrect, "password_incorrect"},
    {RefusalCode::password_change_required, "password_change_required"},
    {RefusalCode::password_used_up, "password_used_up"},
    {RefusalCode::registration_closed, "registration_closed"},
    {RefusalCode::session_not_found, "session_not_found"},
    {RefusalCode::user_not_found, "user_not_found"},
    {RefusalCode::role_not_found, "role_not_found"},
    {RefusalCode::role_unknown, "role_unknown"},
    {RefusalCode::no_fields_to_update, "no_fields_to_update"},
    {RefusalCode::body_not_allowed, "body_not_allowed"},
    {RefusalCode::last_administrator, "last_administrator"},
    {RefusalCode::own_account, "own_account"},
    {RefusalCode::user_has_records, "user_has_records"},
    {RefusalCode::group_not_found, "group_not_found"},
    {RefusalCode::group_exists, "group_exists"},
    {RefusalCode::group_is_everyone, "group_is_everyone"},
    {RefusalCode::member_not_found, "member_not_found"},
    {RefusalCode::sharing_forbidden, "sharing_forbidden"},
    {RefusalCode::successor_invalid, "successor_invalid"},
    {RefusalCode::handover_under_way, "handover_under_way"},
    {RefusalCode::handover_not_found, "handover_not_found"},
    {RefusalCode::quota_bytes, "quota_bytes"},
    {RefusalCode::quota_documents, "quota_documents"},
    {RefusalCode::quota_pages, "quota_pages"},
    {RefusalCode::path_not_found, "path_not_found"},
    {RefusalCode::path_exists, "path_exists"},
    {RefusalCode::path_is_root, "path_is_root"},
    {RefusalCode::path_below_itself, "path_below_itself"},
    {RefusalCode::path_too_long, "path_too_long"},
    {RefusalCode::path_has_sub_paths, "path_has_sub_paths"},
    {RefusalCode::path_has_documents, "path_has_documents"},
    {RefusalCode::path_forbidden, "path_forbidden"},
    {RefusalCode::document_not_found, "document_not_found"},
    {RefusalCode::document_exists, "document_exists"},
    {RefusalCode::document_busy, "document_busy"},
    {RefusalCode::document_not_processed, "document_not_processed"},
    {RefusalCode::document_has_records, "document_has_records"},
    {RefusalCode::version_not_found, "version_not_found"},
    {RefusalCode::upgrade_unfinished, "upgrade_unfinished"},
    {RefusalCode::restore_name_taken, "restore_name_taken"},
    {RefusalCode::restore_path_gone, "restore_path_gone"},
    {RefusalCode::deletion_forbidden, "deletion_forbidden"},
    {RefusalCode::document_forbidden, "document_forbidden"},
    {RefusalCode::filename_invalid, "filename_invalid"},
    {RefusalCode::file_empty, "file_empty"},
    {RefusalCode::file_type_unsupported, "file_type_unsupported"},
    {RefusalCode::content_mismatch, "content_mismatch"},
    {RefusalCode::file_missing, "file_missing"},
    {RefusalCode::stage_unknown, "stage_unknown"},
    {RefusalCode::texts_unavailable, "texts_unavailable"},
    {RefusalCode::search_timeout, "search_timeout"},
});

constexpr std::size_t place_of(RefusalCode code) {
    return static_cast<std::size_t>(code);
}

/// Whether each stands at its place, the last one last.
constexpr bool is_in_order() {
    for (std::size_t place = 0; place < names.size(); ++place) {
        if (place_of(names[place].code) != place) return false;
    }
    return place_of(RefusalCode::search_timeout) + 1 == names.size();
}
static_assert(is_in_order());

}  // namespace

std::span<const NamedRefusal> all_refusals() {
    return names;
}

std::string_view name_of(RefusalCode code) {
    return names.at(place_of(code)).name;
}

}  // namespace nassaq
