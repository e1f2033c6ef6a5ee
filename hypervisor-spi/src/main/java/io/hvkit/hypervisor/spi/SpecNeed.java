package io.hvkit.hypervisor.spi;

import java.util.List;
import java.util.function.Predicate;

/**
 * What a machine may be asked to have, and the feature that it needs.
 *
 * @param words what is needed, for people
 */
record SpecNeed(HypervisorFeature feature, String words, Predicate<MachineSpec> test) {

    static final List<SpecNeed> ALL = List.of(
            new SpecNeed(
                    HypervisorFeature.KERNEL_BOOT,
                    "a kernel of the host",
                    spec -> spec.kernel().isPresent()),
            new SpecNeed(
                    HypervisorFeature.SERIAL_LOG,
                    "a log of the serial port",
                    spec -> spec.serialLog().isPresent()),
            new SpecNeed(
                    HypervisorFeature.PERSISTENT_MACHINES,
                    "a machine that the host remembers",
                    spec -> spec.persistence() == Persistence.PERSISTENT),
            new SpecNeed(
                    HypervisorFeature.BOARDS,
                    "a board of one's own",
                    spec -> !spec.platform().equals(Platform.with(Firmware.BIOS))),
            new SpecNeed(
                    HypervisorFeature.NETWORK_CARDS,
                    "a network card",
                    spec -> !spec.nics().isEmpty()),
            new SpecNeed(
                    HypervisorFeature.BOOT_ORDER,
                    "a boot order of one's own",
                    spec -> !spec.bootOrder().equals(List.of(BootSource.DISK))),
            new SpecNeed(HypervisorFeature.CONSOLE, "a console", spec -> spec.console() != Console.NONE),
            new SpecNeed(
                    HypervisorFeature.HOST_RANDOMNESS,
                    "randomness from the host",
                    spec -> spec.randomness() != RandomSource.NONE),
            new SpecNeed(
                    HypervisorFeature.CLOUD_INIT,
                    "a seed for cloud-init",
                    spec -> spec.cloudInit().isPresent()),
            new SpecNeed(
                    HypervisorFeature.GUEST_AGENT,
                    "a channel to the guest's agent",
                    spec -> spec.agentChannel() != AgentChannel.NONE),
            new SpecNeed(HypervisorFeature.TAGS, "a tag", spec -> !spec.tags().isEmpty()));

    boolean in(MachineSpec spec) {
        return test.test(spec);
    }
}
