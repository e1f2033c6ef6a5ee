package io.hvkit.hypervisor.spi;

/** Whether a machine has a channel to the hypervisor's agent in its guest. The agent itself is the guest's to install. */
public enum AgentChannel {
    NONE,
    /** There is one, under the name that the agent looks for by itself. */
    PRESENT
}
