# What the platform installs in an image before the first step. From E2B's open server
# (phases/base/distro/distro.go, phases/base/provision.sh), without what only a virtual machine has:
# the boot of systemd, the clock, the kernel's settings.
set -e
missing=
for package in systemd systemd-sysv openssh-server sudo chrony socat curl ca-certificates fuse3 \
    iptables git nfs-common less nftables iputils-ping jq iproute2; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
        missing="$missing $package"
done
if [ -n "$missing" ]; then
    apt-get -q update
    DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes apt-get -qq -o=Dpkg::Use-Pty=0 \
        install -y --no-install-recommends $missing
fi
[ -s /etc/ssl/certs/ca-certificates.crt ] || update-ca-certificates
mkdir -p /etc/profile.d /root
echo "export SHELL='/bin/bash'" >/etc/profile.d/shell.sh
echo "export PS1='\w \$ '" >/etc/profile.d/prompt.sh
echo "export PS1='\w \$ '" >>/etc/profile
echo "export PS1='\w \$ '" >>/root/.bashrc
echo 'if [ -f ~/.bashrc ]; then source ~/.bashrc; fi; if [ -f ~/.profile ]; then source ~/.profile; fi' \
    >>/etc/profile
passwd -d root
mkdir -p -m 1777 /tmp
find /tmp -mindepth 1 -delete
