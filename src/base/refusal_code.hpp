#pragma once

#include <span>
#include <string_view>

namespace nassaq {

/// Why a request is refused, for programs: beside each sentence that people read stands the name of one of these. A
/// name never changes and never means anything else; new ones may come (docs/api.md, 1).
enum class RefusalCode {
    // Of HTTP itself.
    malformed_request,
    https_required,
    malformed_query,
    malformed_body,
    field_too_large,
    too_many_files,
    request_timeout,
    header_too_large,
    body_too_large,
    file_too_large,
    expectation_unknown,
    transfer_encoding_unknown,
    http_version_unsupported,
    route_not_found,
    method_not_allowed,
    precondition_failed,
    range_not_satisfiable,
    too_many_connections,
    too_many_uploads,
    too_many_event_streams,
    too_many_searches,
    server_busy,
    internal_error,
    storage_failed,
    storage_full,
    // Of every route.
    not_authenticated,
    credentials_invalid,
    account_pending,
    not_authorized,
    validation_failed,
    too_many_requests,
    database_unavailable,
    // Of accounts and sessions.
    email_taken,
    username_taken,
    username_or_email_taken,
    login_failed,
    account_inactive,
    refresh_token_invalid,
    refresh_token_required,
    token_user_not_found,
    token_user_inactive,
    password_incorrect,
    password_change_required,
    password_used_up,
    registration_closed,
    session_not_found,
    user_not_found,
    role_not_found,
    role_unknown,
    no_fields_to_update,
    body_not_allowed,
    last_administrator,
    own_account,
    user_has_records,
    // Of groups.
    group_not_found,
    group_exists,
    group_is_everyone,
    member_not_found,
    sharing_forbidden,
    // Of hand-overs.
    successor_invalid,
    handover_under_way,
    handover_not_found,
    // Of quotas.
    quota_bytes,
    quota_documents,
    quota_pages,
    // Of virtual paths.
    path_not_found,
    path_exists,
    path_is_root,
    path_below_itself,
    path_too_long,
    path_has_sub_paths,
    path_has_documents,
    path_forbidden,
    // Of documents.
    document_not_found,
    document_exists,
    document_busy,
    document_not_processed,
    document_has_records,
    version_not_found,
    upgrade_unfinished,
    restore_name_taken,
    restore_path_gone,
    deletion_forbidden,
    document_forbidden,
    filename_invalid,
    file_empty,
    file_type_unsupported,
    content_mismatch,
    file_missing,
    stage_unknown,
    texts_unavailable,
    search_timeout,
};

struct NamedRefusal {
    RefusalCode code;
    std::string_view name;  ///< As the enumerator is called.
};

/// Each code once.
std::span<const NamedRefusal> all_refusals();
std::string_view name_of(RefusalCode code);

}  // namespace nassaq
