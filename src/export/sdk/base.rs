//! What a template starts from, as a call.

use secrecy::ExposeSecret as _;

use super::Export;
use super::call::{Call, Value};
use crate::export::Remark;
use crate::registry::Auth;
use crate::secrets::Secret;
use crate::source::Spanned;
use crate::template::{BaseSource, Origin};

/// Images with a method of their own.
const IMAGES: &[(&str, &str)] = &[
    ("debian", "from_debian_image"),
    ("ubuntu", "from_ubuntu_image"),
    ("fedora", "from_fedora_image"),
    ("alpine", "from_alpine_image"),
    ("archlinux", "from_arch_image"),
    ("python", "from_python_image"),
    ("node", "from_node_image"),
    ("oven/bun", "from_bun_image"),
];

impl Export<'_> {
    /// The first call.
    pub(super) fn base(&mut self) -> Call {
        let base = &self.input.template.base;
        let platform = self.input.plan.platform;
        let call = match &base.source {
            BaseSource::Template(written) => {
                let reference = base.template(platform.name()).unwrap_or(written);
                Call::new("from_template", vec![Value::text(reference)])
            }
            BaseSource::PlatformDefault => self.image(platform.facts().base_image),
            BaseSource::Image(written) => match &base.auth {
                Some(auth) => self.signed_in(base.image().unwrap_or(written), auth),
                None => self.image(base.image().unwrap_or(written)),
            },
        };
        let comments = vec![self.places.comment(Origin::Written(base.span), None)];
        Call { comments, ..call }
    }

    /// An image that needs no sign-in.
    fn image(&self, image: &str) -> Call {
        if self.sdk.inherits_config {
            let call = Call::new("from_image", vec![Value::text(image)]);
            return call.option("inherit_config", Value::Flag(false));
        }
        if image == self.input.plan.platform.facts().base_image {
            return Call::new("from_base_image", Vec::new());
        }
        // A tag alone: what else a reference has is no version.
        let parts = image.split_once(':').filter(|(_, tag)| !tag.contains(['/', '@', ':']));
        let method = parts.and_then(|(name, tag)| {
            let (_, method) = IMAGES.iter().find(|(known, _)| *known == name)?;
            Some(Call::new(method, vec![Value::text(tag)]))
        });
        method.unwrap_or_else(|| Call::new("from_image", vec![Value::text(image)]))
    }

    /// An image of a private registry.
    fn signed_in(&mut self, image: &str, auth: &Spanned<Auth>) -> Call {
        let image = Value::text(image);
        match &auth.value {
            Auth::Basic { username, password } => {
                let call = Call::new("from_image", vec![image])
                    .option("username", self.identity(username))
                    .option("password", self.secret(password, "REGISTRY_PASSWORD"));
                let reads = self.sdk.inherits_config.then_some(Value::Flag(false));
                call.maybe("inherit_config", reads)
            }
            Auth::Aws { access_key_id, secret_access_key, region } => {
                Call::new("from_aws_registry", vec![image])
                    .option("access_key_id", self.identity(access_key_id))
                    .option(
                        "secret_access_key",
                        self.secret(secret_access_key, "AWS_SECRET_ACCESS_KEY"),
                    )
                    .option("region", Value::text(region))
            }
            Auth::Gcp { service_account } => {
                let json = self.secret(service_account, "GCP_SERVICE_ACCOUNT_JSON");
                Call::new("from_gcp_registry", vec![image])
                    .option("service_account_json", Value::Json(Box::new(json)))
            }
            Auth::Oci { tenancy, user, fingerprint, private_key, region } => {
                self.report_sign_in(auth, "from_oci_registry");
                Call::new("from_oci_registry", vec![image])
                    .option("tenancy_ocid", Value::text(tenancy))
                    .option("user_ocid", Value::text(user))
                    .option("fingerprint", Value::text(fingerprint))
                    .option("private_key", self.secret(private_key, "OCI_PRIVATE_KEY"))
                    .option("region", Value::text(region))
            }
            Auth::Huawei { access_key_id, secret_access_key, region } => {
                self.report_sign_in(auth, "from_huawei_cloud_registry");
                Call::new("from_huawei_cloud_registry", vec![image])
                    .option("access_key_id", self.identity(access_key_id))
                    .option(
                        "secret_access_key",
                        self.secret(secret_access_key, "HUAWEI_SECRET_ACCESS_KEY"),
                    )
                    .option("region", Value::text(region))
            }
        }
    }

    fn report_sign_in(&mut self, auth: &Spanned<Auth>, method: &str) {
        if self.language.signs_in_everywhere(self.sdk) {
            return;
        }
        let message = format!("`{method}` of `{}` fails when the build starts", self.sdk.pypi);
        let remark = Remark::lost(Some(auth.span), message);
        self.remarks.push(remark.help("export to TypeScript, whose package signs in"));
    }

    /// A user name or an ID, which is no secret.
    fn identity(&mut self, value: &Spanned<Secret>) -> Value {
        match &value.value {
            Secret::Plain(text) => Value::text(text.expose_secret()),
            Secret::Env(_) | Secret::File(_) => self.secret(value, ""),
        }
    }

    /// A secret by reference. One that is written into the manifest becomes the `variable`.
    fn secret(&mut self, secret: &Spanned<Secret>, variable: &str) -> Value {
        match &secret.value {
            Secret::Env(name) => Value::Variable(name.clone()),
            Secret::File(path) => Value::File(join(&self.input.location.manifest, path)),
            Secret::Plain(_) => {
                let message = "a secret that is written into the manifest is not exported";
                let help = format!("set the variable `{variable}`, which the code reads");
                self.remarks.push(Remark::lost(Some(secret.span), message).help(help));
                Value::Variable(variable.to_owned())
            }
        }
    }
}

/// A path below a directory.
fn join(directory: &str, path: &str) -> String {
    if directory.is_empty() || path.starts_with('/') {
        return path.to_owned();
    }
    format!("{directory}/{path}")
}
