// Searches for proofs on a graphics card: the low word of the proof is tried, one value an invocation, for every lane.
//
// An attempt is SHA-256's second compression of a header (FIPS 180-4). Only word 12 of its message, `w12`, changes from
// attempt to attempt, so what does not depend on it was worked out before and comes in `Work`: the state after round
// 12 but for `w12`, and of each schedule word the sum of its constant terms. Lanes are headers that differ in their first
// 64 bytes alone: they share the message and so the schedule, which is more than a third of the labour.
//
// The hash is read as a little-endian number, so its last word, bytes swapped, is the most significant. It is known
// after round 60, and what only later rounds would read is left out from round 57 on. Whoever passes that first look is
// written down; whether it is a proof is for the CPU to say.
//
// The layout of both buffers is described, written and read in `work.rs` and `hits.rs` beside this file.

const WORKGROUP: u32 = 64u;
const LANES_MAX: u32 = 16u;
const HITS_MAX: u32 = 255u;

struct Lane {
    abcd: vec4<u32>,
    efgh: vec4<u32>,
    // The last word of the state before this compression, in x.
    last: vec4<u32>,
}

struct Work {
    first: u32,
    count: u32,
    lanes: u32,
    target_high_word: u32,
    // Schedule words 16 to 40: 16, 17, 18, 20, 22 and 24 whole, and with their round constant; of the others a part.
    schedule: array<vec4<u32>, 7>,
    lane: array<Lane, LANES_MAX>,
}

struct Hit {
    lane: u32,
    proof: u32,
}

struct Hits {
    // How many there were, which may be more than are listed.
    count: atomic<u32>,
    list: array<Hit, HITS_MAX>,
}

@group(0) @binding(0) var<uniform> work: Work;
@group(0) @binding(1) var<storage, read_write> hits: Hits;

fn s0(x: u32) -> u32 {
    return ((x >> 7u) | (x << 25u)) ^ ((x >> 18u) | (x << 14u)) ^ (x >> 3u);
}

fn s1(x: u32) -> u32 {
    return ((x >> 17u) | (x << 15u)) ^ ((x >> 19u) | (x << 13u)) ^ (x >> 10u);
}

// The half of a round that `e` gets.
fn first_half(e: u32, f: u32, g: u32, h: u32, kw: u32) -> u32 {
    let rotations = ((e >> 6u) | (e << 26u)) ^ ((e >> 11u) | (e << 21u)) ^ ((e >> 25u) | (e << 7u));
    return h + kw + (g ^ (e & (f ^ g))) + rotations;
}

// What `a` gets besides.
fn second_half(a: u32, b: u32, c: u32) -> u32 {
    let rotations = ((a >> 2u) | (a << 30u)) ^ ((a >> 13u) | (a << 19u)) ^ ((a >> 22u) | (a << 10u));
    return rotations + ((a & b) | (c & (a | b)));
}

fn swap_bytes(x: u32) -> u32 {
    return (((x << 8u) | (x >> 24u)) & 0x00ff00ffu) | (((x >> 8u) | (x << 24u)) & 0xff00ff00u);
}

@compute @workgroup_size(WORKGROUP)
fn search(@builtin(global_invocation_id) at: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let index = at.y * groups.x * WORKGROUP + at.x;
    if index >= work.count {
        return;
    }
    let w12 = work.first + index;
    let w19 = w12 + work.schedule[0].w;
    let w21 = s1(w19) + work.schedule[1].y;
    let w23 = s1(w21) + work.schedule[1].w;
    let w25 = s1(w23) + work.schedule[2].y;
    let w26 = w19 + work.schedule[2].z;
    let w27 = s1(w25) + s0(w12) + work.schedule[2].w;
    let w28 = s1(w26) + w21 + w12 + work.schedule[3].x;
    let w29 = s1(w27) + work.schedule[3].y;
    let w30 = s1(w28) + w23 + work.schedule[3].z;
    let w31 = s1(w29) + work.schedule[3].w;
    let w32 = s1(w30) + w25 + work.schedule[4].x;
    let w33 = s1(w31) + w26 + work.schedule[4].y;
    let w34 = s1(w32) + w27 + s0(w19) + work.schedule[4].z;
    let w35 = s1(w33) + w28 + w19 + work.schedule[4].w;
    let w36 = s1(w34) + w29 + s0(w21) + work.schedule[5].x;
    let w37 = s1(w35) + w30 + w21 + work.schedule[5].y;
    let w38 = s1(w36) + w31 + s0(w23) + work.schedule[5].z;
    let w39 = s1(w37) + w32 + w23 + work.schedule[5].w;
    let w40 = s1(w38) + w33 + s0(w25) + work.schedule[6].x;
    let w41 = s1(w39) + w34 + s0(w26) + w25;
    let w42 = s1(w40) + w35 + s0(w27) + w26;
    let w43 = s1(w41) + w36 + s0(w28) + w27;
    let w44 = s1(w42) + w37 + s0(w29) + w28;
    let w45 = s1(w43) + w38 + s0(w30) + w29;
    let w46 = s1(w44) + w39 + s0(w31) + w30;
    let w47 = s1(w45) + w40 + s0(w32) + w31;
    let w48 = s1(w46) + w41 + s0(w33) + w32;
    let w49 = s1(w47) + w42 + s0(w34) + w33;
    let w50 = s1(w48) + w43 + s0(w35) + w34;
    let w51 = s1(w49) + w44 + s0(w36) + w35;
    let w52 = s1(w50) + w45 + s0(w37) + w36;
    let w53 = s1(w51) + w46 + s0(w38) + w37;
    let w54 = s1(w52) + w47 + s0(w39) + w38;
    let w55 = s1(w53) + w48 + s0(w40) + w39;
    let w56 = s1(w54) + w49 + s0(w41) + w40;
    let w57 = s1(w55) + w50 + s0(w42) + w41;
    let w58 = s1(w56) + w51 + s0(w43) + w42;
    let w59 = s1(w57) + w52 + s0(w44) + w43;
    let w60 = s1(w58) + w53 + s0(w45) + w44;
    for (var lane = 0u; lane < work.lanes; lane++) {
        let start = work.lane[lane];
        var a = start.abcd.x + w12;
        var b = start.abcd.y;
        var c = start.abcd.z;
        var d = start.abcd.w;
        var e = start.efgh.x + w12;
        var f = start.efgh.y;
        var g = start.efgh.z;
        var h = start.efgh.w;
        h = first_half(e, f, g, h, 0x00deb1feu); d += h; h += second_half(a, b, c);
        g = first_half(d, e, f, g, 0x9bdc06a7u); c += g; g += second_half(h, a, b);
        f = first_half(c, d, e, f, 0xc19bf514u); b += f; f += second_half(g, h, a);
        e = first_half(b, c, d, e, work.schedule[0].x); a += e; e += second_half(f, g, h);
        d = first_half(a, b, c, d, work.schedule[0].y); h += d; d += second_half(e, f, g);
        c = first_half(h, a, b, c, work.schedule[0].z); g += c; c += second_half(d, e, f);
        b = first_half(g, h, a, b, 0x240ca1ccu + w19); f += b; b += second_half(c, d, e);
        a = first_half(f, g, h, a, work.schedule[1].x); e += a; a += second_half(b, c, d);
        h = first_half(e, f, g, h, 0x4a7484aau + w21); d += h; h += second_half(a, b, c);
        g = first_half(d, e, f, g, work.schedule[1].z); c += g; g += second_half(h, a, b);
        f = first_half(c, d, e, f, 0x76f988dau + w23); b += f; f += second_half(g, h, a);
        e = first_half(b, c, d, e, work.schedule[2].x); a += e; e += second_half(f, g, h);
        d = first_half(a, b, c, d, 0xa831c66du + w25); h += d; d += second_half(e, f, g);
        c = first_half(h, a, b, c, 0xb00327c8u + w26); g += c; c += second_half(d, e, f);
        b = first_half(g, h, a, b, 0xbf597fc7u + w27); f += b; b += second_half(c, d, e);
        a = first_half(f, g, h, a, 0xc6e00bf3u + w28); e += a; a += second_half(b, c, d);
        h = first_half(e, f, g, h, 0xd5a79147u + w29); d += h; h += second_half(a, b, c);
        g = first_half(d, e, f, g, 0x06ca6351u + w30); c += g; g += second_half(h, a, b);
        f = first_half(c, d, e, f, 0x14292967u + w31); b += f; f += second_half(g, h, a);
        e = first_half(b, c, d, e, 0x27b70a85u + w32); a += e; e += second_half(f, g, h);
        d = first_half(a, b, c, d, 0x2e1b2138u + w33); h += d; d += second_half(e, f, g);
        c = first_half(h, a, b, c, 0x4d2c6dfcu + w34); g += c; c += second_half(d, e, f);
        b = first_half(g, h, a, b, 0x53380d13u + w35); f += b; b += second_half(c, d, e);
        a = first_half(f, g, h, a, 0x650a7354u + w36); e += a; a += second_half(b, c, d);
        h = first_half(e, f, g, h, 0x766a0abbu + w37); d += h; h += second_half(a, b, c);
        g = first_half(d, e, f, g, 0x81c2c92eu + w38); c += g; g += second_half(h, a, b);
        f = first_half(c, d, e, f, 0x92722c85u + w39); b += f; f += second_half(g, h, a);
        e = first_half(b, c, d, e, 0xa2bfe8a1u + w40); a += e; e += second_half(f, g, h);
        d = first_half(a, b, c, d, 0xa81a664bu + w41); h += d; d += second_half(e, f, g);
        c = first_half(h, a, b, c, 0xc24b8b70u + w42); g += c; c += second_half(d, e, f);
        b = first_half(g, h, a, b, 0xc76c51a3u + w43); f += b; b += second_half(c, d, e);
        a = first_half(f, g, h, a, 0xd192e819u + w44); e += a; a += second_half(b, c, d);
        h = first_half(e, f, g, h, 0xd6990624u + w45); d += h; h += second_half(a, b, c);
        g = first_half(d, e, f, g, 0xf40e3585u + w46); c += g; g += second_half(h, a, b);
        f = first_half(c, d, e, f, 0x106aa070u + w47); b += f; f += second_half(g, h, a);
        e = first_half(b, c, d, e, 0x19a4c116u + w48); a += e; e += second_half(f, g, h);
        d = first_half(a, b, c, d, 0x1e376c08u + w49); h += d; d += second_half(e, f, g);
        c = first_half(h, a, b, c, 0x2748774cu + w50); g += c; c += second_half(d, e, f);
        b = first_half(g, h, a, b, 0x34b0bcb5u + w51); f += b; b += second_half(c, d, e);
        a = first_half(f, g, h, a, 0x391c0cb3u + w52); e += a; a += second_half(b, c, d);
        h = first_half(e, f, g, h, 0x4ed8aa4au + w53); d += h; h += second_half(a, b, c);
        g = first_half(d, e, f, g, 0x5b9cca4fu + w54); c += g; g += second_half(h, a, b);
        f = first_half(c, d, e, f, 0x682e6ff3u + w55); b += f; f += second_half(g, h, a);
        e = first_half(b, c, d, e, 0x748f82eeu + w56); a += e; e += second_half(f, g, h);
        h += first_half(a, b, c, d, 0x78a5636fu + w57);
        g += first_half(h, a, b, c, 0x84c87814u + w58);
        f += first_half(g, h, a, b, 0x8cc70208u + w59);
        e += first_half(f, g, h, a, 0x90befffau + w60);
        if swap_bytes(start.last.x + e) <= work.target_high_word {
            let place = atomicAdd(&hits.count, 1u);
            if place < HITS_MAX {
                hits.list[place] = Hit(lane, w12);
            }
        }
    }
}
