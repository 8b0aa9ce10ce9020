#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight {

/// In how many ways a tenant's column is spelled from its word.
inline constexpr std::size_t tenant_spellings = 17;

/// How likely a column of this name is the key of what `stem` means, from 0 on; nothing if it has
/// nothing to do with it.
std::optional<std::size_t> rank_for(std::string_view name, std::string_view stem);

/// How sure the word alone makes one that it names the tenant.
double weight_of(std::string_view stem);

/// The word that a column's name is made of, if it is one for who owns the data: "tenant" of
/// tenant_id, TenantID, id_tenant.
std::optional<std::string> tenant_word(std::string_view column);

/// The one of a table's columns that by its name alone is taken for the tenant's key, where nothing
/// else tells; empty if none is.
std::string usual_tenant_column(std::vector<std::string> const& columns);

/// Whether a table of this name holds what `stem` means: tenants, companies.
bool is_plural_of(std::string_view table, std::string_view stem);
/// The same with the name of an application before it: shop_tenant.
bool is_prefixed_plural_of(std::string_view table, std::string_view stem);

} // namespace watertight
