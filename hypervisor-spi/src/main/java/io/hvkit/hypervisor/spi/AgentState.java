package io.hvkit.hypervisor.spi;

/** Whether a guest's agent can be talked to. */
public enum AgentState {
    /** The machine has no channel to it. */
    NO_CHANNEL,
    /** It does not answer, or answers what is no answer. */
    SILENT,
    /** It answers, and the guest is not frozen. */
    READY,
    /** It answers, and the guest's file systems are frozen. */
    FROZEN
}
