package sinks

// Unknown is what the column country says of addresses whose country is not known.
const Unknown = "Unknown"

// SpecialBlock returns the name of the block of special-purpose addresses that a row of
// hosts or zones is about, by its columns country_code and country. It is empty for a row
// about a country and for one about unknown addresses.
//
// Sinks have no list of such blocks: whoever made the table has looked addresses up in the
// IANA registries, whichever databases there were. A country that a database names without a
// code, and by none of the usual names, is taken for a block.
func SpecialBlock(countryCode, country string) string {
	if countryCode != "" || country == Unknown {
		return ""
	}
	return country
}
