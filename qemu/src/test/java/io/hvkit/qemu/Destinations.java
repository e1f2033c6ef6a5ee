package io.hvkit.qemu;

import io.hvkit.testkit.ssh.LoopbackSshd;

/** Ways to go to a loopback server. */
final class Destinations {

    private Destinations() {}

    /** Returns the right way. */
    static SshDestination of(LoopbackSshd sshd) {
        return stranger(sshd).identity(sshd.userKey()).knownHosts(sshd.knownHosts());
    }

    /** Returns the server under a host key that it does not have. */
    static SshDestination underAnotherKey(LoopbackSshd sshd) {
        return stranger(sshd).identity(sshd.userKey()).knownHosts(sshd.wrongHosts());
    }

    /** Returns the server as somebody goes there whose key it does not know. */
    static SshDestination asAnotherUser(LoopbackSshd sshd) {
        return stranger(sshd).identity(sshd.strangersKey()).knownHosts(sshd.knownHosts());
    }

    private static SshDestination stranger(LoopbackSshd sshd) {
        return SshDestination.of("127.0.0.1").port(sshd.port()).user("root");
    }
}
