package io.hvkit.hypervisor.spi;

import io.hvkit.core.ByteSize;
import io.hvkit.core.MachineId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A request for a machine. Equal requests are the same request: starting one twice makes one machine. */
public final class MachineSpec {

    private static final int LONGEST_TAG = 256;

    private record Board(int cpus, ByteSize memory, Platform platform, RandomSource randomness) {}

    private record Devices(
            List<Disk> disks, List<Nic> nics, Optional<Path> serialLog, Console console, AgentChannel agent) {}

    private record Boot(Optional<KernelBoot> kernel, List<BootSource> order, Optional<CloudInit> cloudInit) {}

    private record Fields(
            String name, Board board, Devices devices, Boot boot, Map<String, String> tags, Persistence persistence) {}

    private final Fields fields;

    private MachineSpec(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a transient machine with one processor, 128 MiB, a BIOS and no device, which boots from its first disk.
     *
     * @param name 1 to 128 visible ASCII characters
     */
    public static MachineSpec named(String name) {
        return new MachineSpec(new Fields(
                new MachineId(name).value(),
                new Board(1, ByteSize.mebibytes(128), Platform.with(Firmware.BIOS), RandomSource.NONE),
                new Devices(List.of(), List.of(), Optional.empty(), Console.NONE, AgentChannel.NONE),
                new Boot(Optional.empty(), List.of(BootSource.DISK), Optional.empty()),
                Map.of(),
                Persistence.TRANSIENT));
    }

    /** Returns this machine with another number of processors. */
    public MachineSpec cpus(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("a machine needs a processor: " + count);
        }
        Board b = fields.board;
        return on(new Board(count, b.memory, b.platform, b.randomness));
    }

    /** Returns this machine with another amount of memory, a whole number of KiB. */
    public MachineSpec memory(ByteSize size) {
        if (size.equals(ByteSize.ZERO) || !size.isMultipleOf(ByteSize.kibibytes(1))) {
            throw new IllegalArgumentException("memory comes in whole KiB, at least one: " + size);
        }
        Board b = fields.board;
        return on(new Board(b.cpus, size, b.platform, b.randomness));
    }

    /** Returns this machine on another board. */
    public MachineSpec platform(Platform platform) {
        Board b = fields.board;
        return on(new Board(b.cpus, b.memory, platform, b.randomness));
    }

    /** Returns this machine with randomness from somewhere. */
    public MachineSpec randomness(RandomSource source) {
        Board b = fields.board;
        return on(new Board(b.cpus, b.memory, b.platform, source));
    }

    /**
     * Returns this machine with one more disk.
     *
     * @throws IllegalArgumentException if it has a disk of that volume or at that place already
     */
    public MachineSpec with(Disk disk) {
        List<Disk> more = more(fields.devices.disks, disk);
        Set<Object> seen = new HashSet<>();
        for (Disk each : more) {
            if (!seen.add(each.volume()) || !seen.add(each.attachment())) {
                throw new IllegalArgumentException("a machine has each volume and each place once: " + each);
            }
        }
        Devices d = fields.devices;
        return with(new Devices(more, d.nics, d.serialLog, d.console, d.agent));
    }

    /**
     * Returns this machine with one more network card.
     *
     * @throws IllegalArgumentException if it has a card with that address already
     */
    public MachineSpec with(Nic nic) {
        if (nic.address().isPresent()
                && fields.devices.nics.stream()
                        .anyMatch(other -> other.address().equals(nic.address()))) {
            throw new IllegalArgumentException("a machine has each address once: " + nic);
        }
        Devices d = fields.devices;
        return with(new Devices(d.disks, more(d.nics, nic), d.serialLog, d.console, d.agent));
    }

    /** Returns this machine, whose first serial port is written to a file of the host, an absolute path. */
    public MachineSpec serialLog(Path file) {
        if (!file.isAbsolute()) {
            throw new IllegalArgumentException("the host needs an absolute path, not '" + file + "'");
        }
        Devices d = fields.devices;
        return with(new Devices(d.disks, d.nics, Optional.of(file), d.console, d.agent));
    }

    /** Returns this machine with a console, on the serial port after that of {@link #serialLog}, or without one. */
    public MachineSpec console(Console console) {
        Devices d = fields.devices;
        return with(new Devices(d.disks, d.nics, d.serialLog, console, d.agent));
    }

    /** Returns this machine with a channel to the agent in its guest, see {@link GuestAgent}, or without one. */
    public MachineSpec agentChannel(AgentChannel channel) {
        Devices d = fields.devices;
        return with(new Devices(d.disks, d.nics, d.serialLog, d.console, channel));
    }

    /** Returns this machine, booting a kernel of the host instead of looking for a boot loader. */
    public MachineSpec booting(KernelBoot kernel) {
        return booting(new Boot(Optional.of(kernel), fields.boot.order, fields.boot.cloudInit));
    }

    /**
     * Returns this machine, looking for a boot loader in these places, in this order, and nowhere else.
     *
     * @throws IllegalArgumentException if none or one twice is named
     */
    public MachineSpec bootingFrom(BootSource... order) {
        if (order.length == 0 || hasTwice(order)) {
            throw new IllegalArgumentException(
                    "name each place to boot from once, and at least one: " + List.of(order));
        }
        return booting(new Boot(fields.boot.kernel, List.of(order), fields.boot.cloudInit));
    }

    /**
     * Returns this machine, whose guest is told this by a small CD-ROM with the label {@code cidata}. Another content is another
     * request.
     */
    public MachineSpec cloudInit(CloudInit content) {
        return booting(new Boot(fields.boot.kernel, fields.boot.order, Optional.of(content)));
    }

    /**
     * Returns this machine with a note of the caller's, which the host keeps with it; another under the same name is replaced.
     *
     * @param name 1 to 256 visible ASCII characters
     * @param value up to 256 characters; no secret belongs there
     * @throws IllegalArgumentException if the name or value is not such
     */
    public MachineSpec tagged(String name, String value) {
        if (!name.matches("[!-~]{1," + LONGEST_TAG + "}") || value.length() > LONGEST_TAG || hasControls(value)) {
            throw new IllegalArgumentException(
                    "a tag has a name of 1 to 256 visible ASCII characters and a value of up to"
                            + " 256 characters without controls: '" + name + "'");
        }
        Map<String, String> more = new TreeMap<>(fields.tags);
        more.put(name, value);
        return new MachineSpec(new Fields(
                fields.name,
                fields.board,
                fields.devices,
                fields.boot,
                Collections.unmodifiableMap(more),
                fields.persistence));
    }

    /** Returns this machine, remembered by its host or not. */
    public MachineSpec keptAs(Persistence persistence) {
        return new MachineSpec(
                new Fields(fields.name, fields.board, fields.devices, fields.boot, fields.tags, persistence));
    }

    /** Returns the name: unique on the host, and the caller's key for finding the machine after a lost reply. */
    public String name() {
        return fields.name;
    }

    /** Returns the number of processors. */
    public int cpus() {
        return fields.board.cpus;
    }

    /** Returns the amount of memory. */
    public ByteSize memory() {
        return fields.board.memory;
    }

    /** Returns the board. */
    public Platform platform() {
        return fields.board.platform;
    }

    /** Returns where the guest gets randomness from. */
    public RandomSource randomness() {
        return fields.board.randomness;
    }

    /** Returns the disks, the one to boot from first. */
    public List<Disk> disks() {
        return fields.devices.disks;
    }

    /** Returns the network cards. */
    public List<Nic> nics() {
        return fields.devices.nics;
    }

    /** Returns the file of the host that the first serial port is written to, if there is one. */
    public Optional<Path> serialLog() {
        return fields.devices.serialLog;
    }

    /** Returns whether people can type at it. */
    public Console console() {
        return fields.devices.console;
    }

    /** Returns whether the agent in its guest can be talked to. */
    public AgentChannel agentChannel() {
        return fields.devices.agent;
    }

    /** Returns the kernel to boot, if no boot loader is looked for. */
    public Optional<KernelBoot> kernel() {
        return fields.boot.kernel;
    }

    /** Returns where a boot loader is looked for, in order. */
    public List<BootSource> bootOrder() {
        return fields.boot.order;
    }

    /** Returns what the guest's cloud-init is told, if anything. */
    public Optional<CloudInit> cloudInit() {
        return fields.boot.cloudInit;
    }

    /** Returns the caller's notes, sorted by name. */
    public Map<String, String> tags() {
        return fields.tags;
    }

    /** Returns whether the host remembers it. */
    public Persistence persistence() {
        return fields.persistence;
    }

    private MachineSpec on(Board board) {
        return new MachineSpec(
                new Fields(fields.name, board, fields.devices, fields.boot, fields.tags, fields.persistence));
    }

    private MachineSpec with(Devices devices) {
        return new MachineSpec(
                new Fields(fields.name, fields.board, devices, fields.boot, fields.tags, fields.persistence));
    }

    private MachineSpec booting(Boot boot) {
        return new MachineSpec(
                new Fields(fields.name, fields.board, fields.devices, boot, fields.tags, fields.persistence));
    }

    private static <T> List<T> more(List<T> some, T one) {
        List<T> more = new ArrayList<>(some);
        more.add(one);
        return List.copyOf(more);
    }

    private static boolean hasTwice(BootSource[] order) {
        return new HashSet<>(List.of(order)).size() < order.length;
    }

    private static boolean hasControls(String value) {
        return value.chars().anyMatch(Character::isISOControl);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MachineSpec that && fields.equals(that.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "MachineSpec" + fields;
    }
}
