package io.hvkit.core;

/** Something a job needs of the host that runs it. */
public enum HostFeature {
    /** Volumes can be encrypted here: the tools make LUKS and open it again. */
    VOLUME_ENCRYPTION,
    /** Images can be made and converted here. */
    QEMU_IMG,
    /** The PowerFlex data client (SDC) is installed and answers. */
    POWERFLEX_CLIENT
}
