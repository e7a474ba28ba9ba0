//! `profiles`.

use toml::de::DeValue;

use super::table::Reader;
use super::value::{self, Item};
use super::{env, from, lints, platform, ready, resources, start};
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Profile, ProfileEntry, Profiles};
use crate::scalar::{BASE, is_profile_name};
use crate::source::Spanned;

pub(super) fn profiles(reader: &mut Reader<'_>, item: Item<'_>) -> Option<Spanned<Profiles>> {
    let DeValue::Table(table) = item.value else {
        let help = "write a table for each profile: `[profiles.staging]` and its keys below it";
        return item.wrong_type_help(reader, "a table of profiles", help).none();
    };
    let mut entries = Vec::new();
    for (key, value) in table {
        let entry = Item::new(key.span(), value);
        let name = Spanned::new(key.get_ref().to_string(), entry.key);
        let is_valid = check_name(reader, &name);
        let profile = profile(reader, &name.value, entry);
        if let Some(profile) = profile.filter(|_| is_valid) {
            entries.push(ProfileEntry { name, profile });
        }
    }
    Some(Spanned::new(Profiles { entries }, item.span))
}

/// Reports a name that cannot be selected.
fn check_name(reader: &mut Reader<'_>, name: &Spanned<String>) -> bool {
    if name.value == BASE {
        reader.push(
            Diagnostic::new(Code::InvalidProfile, name.span, "the profile name `base` is reserved")
                .label("it stands for the manifest without a profile")
                .help("choose another name, or write these keys at the top level"),
        );
        return false;
    }
    if !is_profile_name(&name.value) {
        let message = format!("`{}` is not a valid profile name", name.value);
        reader.push(
            Diagnostic::new(Code::InvalidProfile, name.span, message)
                .label("a name consists of lower-case letters, digits and `-`"),
        );
        return false;
    }
    true
}

fn profile(reader: &mut Reader<'_>, name: &str, item: Item<'_>) -> Option<Profile> {
    if !matches!(item.value, DeValue::Table(_)) {
        let help =
            format!("`profiles` holds a table for each profile, such as `[profiles.{name}]`");
        return item.wrong_type_help(reader, "a table of the keys that differ", &help).none();
    }
    let mut table = value::table(reader, "Profile", item)?;
    let profile = Profile {
        name: table.optional(reader, "name", value::string),
        tags: table.optional(reader, "tags", value::strings),
        public: table.optional(reader, "public", value::boolean),
        platform: table.optional(reader, "platform", platform),
        ignore: table.optional(reader, "ignore", value::strings),
        from: table.optional(reader, "from", from::from),
        resources: table.optional(reader, "resources", resources),
        env: table.optional(reader, "env", env::table),
        build_env: table.optional(reader, "build_env", env::table),
        user: table.optional(reader, "user", value::non_empty),
        workdir: table.optional(reader, "workdir", value::non_empty),
        start: table.optional(reader, "start", start::start),
        ready: table.optional(reader, "ready", ready::ready),
        lints: table.optional(reader, "lints", lints::lints),
    };
    table.finish(reader);
    Some(profile)
}
