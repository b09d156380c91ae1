#include "api/refusal.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "http/problem.hpp"

namespace nassaq::api {

std::unexpected<Refusal> refuse(RefusalCode code, std::string_view detail,
                                std::optional<std::chrono::seconds> retry_after) {
    return std::unexpected(Refusal{.code = code, .detail = boost::json::string(detail), .retry_after = retry_after});
}

std::unexpected<Refusal> refuse_invalid(boost::json::array errors) {
    return std::unexpected(
        Refusal{.code = RefusalCode::validation_failed, .detail = boost::json::value(std::move(errors))});
}

int status_of(RefusalCode code) {
    switch (code) {
        case RefusalCode::malformed_request:
        case RefusalCode::https_required:
        case RefusalCode::malformed_query:
        case RefusalCode::malformed_body:
        case RefusalCode::field_too_large:
        case RefusalCode::too_many_files:
        case RefusalCode::email_taken:
        case RefusalCode::username_taken:
        case RefusalCode::username_or_email_taken:
        case RefusalCode::password_incorrect:
        case RefusalCode::role_unknown:
        case RefusalCode::no_fields_to_update:
        case RefusalCode::body_not_allowed:
        case RefusalCode::last_administrator:
        case RefusalCode::own_account:
        case RefusalCode::user_has_records:
        case RefusalCode::group_is_everyone:
        case RefusalCode::successor_invalid:
        case RefusalCode::path_is_root:
        case RefusalCode::path_below_itself:
        case RefusalCode::path_too_long:
        case RefusalCode::path_has_sub_paths:
        case RefusalCode::path_has_documents:
        case RefusalCode::filename_invalid:
        case RefusalCode::file_empty:
        case RefusalCode::stage_unknown:
            return 400;
        case RefusalCode::not_authenticated:
        case RefusalCode::credentials_invalid:
        case RefusalCode::login_failed:
        case RefusalCode::refresh_token_invalid:
        case RefusalCode::refresh_token_required:
        case RefusalCode::token_user_not_found:
        case RefusalCode::token_user_inactive:
            return 401;
        case RefusalCode::account_pending:
        case RefusalCode::not_authorized:
        case RefusalCode::account_inactive:
        case RefusalCode::password_change_required:
        case RefusalCode::password_used_up:
        case RefusalCode::registration_closed:
        case RefusalCode::deletion_forbidden:
        case RefusalCode::document_forbidden:
        case RefusalCode::sharing_forbidden:
        case RefusalCode::path_forbidden:
            return 403;
        case RefusalCode::route_not_found:
        case RefusalCode::session_not_found:
        case RefusalCode::user_not_found:
        case RefusalCode::role_not_found:
        case RefusalCode::group_not_found:
        case RefusalCode::member_not_found:
        case RefusalCode::handover_not_found:
        case RefusalCode::path_not_found:
        case RefusalCode::document_not_found:
        case RefusalCode::version_not_found:
        case RefusalCode::file_missing:
            return 404;
        case RefusalCode::method_not_allowed:
            return 405;
        case RefusalCode::request_timeout:
            return 408;
        case RefusalCode::path_exists:
        case RefusalCode::group_exists:
        case RefusalCode::handover_under_way:
        case RefusalCode::document_exists:
        case RefusalCode::document_busy:
        case RefusalCode::document_not_processed:
        case RefusalCode::document_has_records:
        case RefusalCode::upgrade_unfinished:
        case RefusalCode::restore_name_taken:
        case RefusalCode::restore_path_gone:
            return 409;
        case RefusalCode::precondition_failed:
            return 412;
        case RefusalCode::body_too_large:
        case RefusalCode::file_too_large:
            return 413;
        case RefusalCode::file_type_unsupported:
        case RefusalCode::content_mismatch:
            return 415;
        case RefusalCode::range_not_satisfiable:
            return 416;
        case RefusalCode::expectation_unknown:
            return 417;
        case RefusalCode::validation_failed:
            return 422;
        case RefusalCode::too_many_connections:
        case RefusalCode::too_many_uploads:
        case RefusalCode::too_many_event_streams:
        case RefusalCode::too_many_searches:
        case RefusalCode::too_many_requests:
        case RefusalCode::quota_pages:
            return 429;
        case RefusalCode::header_too_large:
            return 431;
        case RefusalCode::internal_error:
        case RefusalCode::storage_failed:
            return 500;
        case RefusalCode::transfer_encoding_unknown:
            return 501;
        case RefusalCode::server_busy:
        case RefusalCode::database_unavailable:
        case RefusalCode::texts_unavailable:
        case RefusalCode::search_timeout:
            return 503;
        case RefusalCode::http_version_unsupported:
            return 505;
        case RefusalCode::storage_full:
        case RefusalCode::quota_bytes:
        case RefusalCode::quota_documents:
            return 507;
    }
    throw std::logic_error("a refusal of no kind");
}

http::Response to_response(const Refusal& refusal) {
    http::Response response = http::Problem(status_of(refusal.code), refusal.code, refusal.detail).to_response();
    if (!refusal.more.empty()) {
        auto& body = std::get<std::string>(response.body);
        body.pop_back();
        body.append(",").append(boost::json::serialize(refusal.more).substr(1));
    }
    if (refusal.retry_after) {
        response.headers.set("retry-after", std::to_string(refusal.retry_after->count()));
    }
    return response;
}

}  // namespace nassaq::api
