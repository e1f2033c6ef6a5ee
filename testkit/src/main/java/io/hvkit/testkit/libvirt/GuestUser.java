package io.hvkit.testkit.libvirt;

/** The user as whom a private host starts guests. Both exist in each of root's hosts, whatever the machine has. */
public enum GuestUser {
    /** Who starts the fastest, and reads everything. */
    ROOT("root", "root"),
    /** Who it is on most real hosts: one that owns nothing. */
    LIBVIRT("libvirt-qemu", "kvm");

    private final String user;
    private final String group;

    GuestUser(String user, String group) {
        this.user = user;
        this.group = group;
    }

    String user() {
        return user;
    }

    String group() {
        return group;
    }
}
