# What the platform does to the files before the start command: a cold boot, and the script of
# E2B's open server (phases/finalize/configure.sh). The modes of single files in /usr/local are left
# alone, since each changed file would be stored once more in the new layer; those of commands are
# not.
set -e
find /tmp /run -mindepth 1 -delete 2>/dev/null || :
mkdir -p /run/lock /run/sshd
chmod 1777 /tmp /run/lock
id -u user >/dev/null 2>&1 || useradd -m -s /bin/bash user
mkdir -p /home/user /code
if [ -d /etc/skel ]; then
    find /etc/skel/ -mindepth 1 \( -type f -o -type d -o -type l \) -print0 |
        while IFS= read -r -d '' source; do
            target=/home/user/${source#/etc/skel/}
            if [ -e "$target" ] || [ -L "$target" ]; then
                continue
            elif [ -L "${target%/*}" ] || [ ! -d "${target%/*}" ]; then
                continue
            elif [ -d "$source" ] && [ ! -L "$source" ]; then
                mkdir "$target"
                chmod "$(stat -c %a "$source")" "$target"
            else
                cp -a "$source" "$target"
            fi
        done
fi
# Both write several files to the disk, and have been done with the default user.
id -nG user | grep -qw sudo || usermod -aG sudo user
grep -q '^user::' /etc/shadow || passwd -d user
grep -q '^user ALL=(ALL:ALL) NOPASSWD: ALL' /etc/sudoers ||
    echo 'user ALL=(ALL:ALL) NOPASSWD: ALL' >>/etc/sudoers
chown -R user:user /home/user
find /usr/local -type d ! -perm 777 -exec chmod 777 {} +
find /usr/local/bin /usr/local/sbin -type f ! -perm 777 -exec chmod 777 {} +
chmod -R 777 /code
