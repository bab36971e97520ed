;; Unmasks frames (RFC 6455 §5.2, §5.3), 16 bytes at a time. What is read stands at the start of the memory, what is found
;; from 512 KiB on: 8 KiB to write down where, then 8 KiB of payloads. Chunks that come from elsewhere follow: 64 KiB.
(module
  (memory (export "memory") 10)
  (global $found i32 (i32.const 0x80000))
  (global $foundEnd i32 (i32.const 0x82000))
  (global $output i32 (i32.const 0x82000))
  (global $stop (mut i32) (i32.const 0))

  ;; Where the last scan stopped.
  (func (export "stop") (result i32) (global.get $stop))

  ;; Unmasks [at, end) where it lies. Returns 0 when all that came out is ASCII.
  (func (export "mask") (param $at i32) (param $end i32) (param $key i32) (result i32)
    (call $unmask (local.get $at) (local.get $end) (local.get $key) (i32.const 0)))

  ;; The same, but what comes out is written $by bytes further on.
  (func $unmask (param $at i32) (param $end i32) (param $key i32) (param $by i32) (result i32)
    (local $keys v128) (local $seen v128) (local $rest i32) (local $word i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $keys (i32x4.splat (local.get $key)))
    (block $few
      (loop $blocks
        (br_if $few (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 64)))
        (local.set $a (v128.xor (local.get $keys) (v128.load align=1 (local.get $at))))
        (local.set $b (v128.xor (local.get $keys) (v128.load offset=16 align=1 (local.get $at))))
        (local.set $c (v128.xor (local.get $keys) (v128.load offset=32 align=1 (local.get $at))))
        (local.set $d (v128.xor (local.get $keys) (v128.load offset=48 align=1 (local.get $at))))
        (v128.store align=1 (i32.add (local.get $at) (local.get $by)) (local.get $a))
        (v128.store offset=16 align=1 (i32.add (local.get $at) (local.get $by)) (local.get $b))
        (v128.store offset=32 align=1 (i32.add (local.get $at) (local.get $by)) (local.get $c))
        (v128.store offset=48 align=1 (i32.add (local.get $at) (local.get $by)) (local.get $d))
        (local.set $seen (v128.or (local.get $seen)
          (v128.or (v128.or (local.get $a) (local.get $b)) (v128.or (local.get $c) (local.get $d)))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $blocks)))
    (block $fewer
      (loop $blocks
        (br_if $fewer (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 16)))
        (local.set $a (v128.xor (local.get $keys) (v128.load align=1 (local.get $at))))
        (v128.store align=1 (i32.add (local.get $at) (local.get $by)) (local.get $a))
        (local.set $seen (v128.or (local.get $seen) (local.get $a)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $blocks)))
    (block $least
      (loop $words
        (br_if $least (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 4)))
        (local.set $word (i32.xor (local.get $key) (i32.load align=1 (local.get $at))))
        (i32.store align=1 (i32.add (local.get $at) (local.get $by)) (local.get $word))
        (local.set $rest (i32.or (local.get $rest) (local.get $word)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br $words)))
    (block $none
      (loop $bytes
        (br_if $none (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $word (i32.and (i32.const 0xff) (i32.xor (local.get $key) (i32.load8_u (local.get $at)))))
        (i32.store8 (i32.add (local.get $at) (local.get $by)) (local.get $word))
        (local.set $rest (i32.or (local.get $rest) (local.get $word)))
        (local.set $key (i32.shr_u (local.get $key) (i32.const 8)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $bytes)))
    (i32.or (i8x16.bitmask (local.get $seen)) (i32.and (local.get $rest) (i32.const 0x80808080))))

  ;; Takes the frames that follow each other from $at on, as long as they are messages by themselves, of one of $opcodes (a
  ;; bit for each), with a key of $keyLength bytes, 4 or 0, without reserved bits, of 1 to $most bytes of payload, and whole before $end; writes their
  ;; payloads unmasked to the output, each from the next multiple of 8 bytes on, as long as they fit into $room; and writes down
  ;; of each where in the output it begins, and in another word: its length, its opcode from bit 24 on, bit 31 when it is not
  ;; ASCII. Returns how many there are.
  (func (export "scan")
    (param $at i32) (param $end i32) (param $opcodes i32) (param $most i32) (param $room i32) (param $keyLength i32)
    (result i32)
    (local $entry i32) (local $first i32) (local $length i32) (local $start i32) (local $to i32)
    (local.set $entry (global.get $found))
    (block $done
      (loop $frames
        (br_if $done (i32.lt_u (i32.sub (local.get $end) (local.get $at)) (i32.const 8)))
        (br_if $done (i32.ge_u (local.get $entry) (global.get $foundEnd)))
        ;; FIN and no reserved bits: 0x80 with the opcode.
        (local.set $first (i32.xor (i32.const 0x80) (i32.load8_u (local.get $at))))
        (br_if $done (i32.gt_u (local.get $first) (i32.const 7)))
        (br_if $done (i32.eqz (i32.and (i32.const 1) (i32.shr_u (local.get $opcodes) (local.get $first)))))
        ;; The mask bit, 0x80 with a key, then the length.
        (local.set $length (i32.xor (i32.shl (local.get $keyLength) (i32.const 5)) (i32.load8_u offset=1 (local.get $at))))
        (br_if $done (i32.gt_u (local.get $length) (i32.const 126)))
        (local.set $start (i32.add (local.get $keyLength) (i32.add (local.get $at) (i32.const 2))))
        (if (i32.eq (local.get $length) (i32.const 126))
          (then
            (local.set $length (i32.or
              (i32.shl (i32.load8_u offset=2 (local.get $at)) (i32.const 8))
              (i32.load8_u offset=3 (local.get $at))))
            (br_if $done (i32.lt_u (local.get $length) (i32.const 126)))
            (local.set $start (i32.add (local.get $start) (i32.const 2)))))
        (br_if $done (i32.eqz (local.get $length)))
        (br_if $done (i32.gt_u (local.get $length) (local.get $most)))
        (br_if $done (i32.gt_u (i32.add (local.get $start) (local.get $length)) (local.get $end)))
        (br_if $done (i32.gt_u (i32.add (local.get $to) (local.get $length)) (local.get $room)))
        (local.set $at (i32.add (local.get $start) (local.get $length)))
        (i32.store (local.get $entry) (local.get $to))
        (i32.store offset=4 (local.get $entry)
          (i32.or
            (i32.or (local.get $length) (i32.shl (local.get $first) (i32.const 24)))
            (i32.shl
              (i32.ne (i32.const 0) (call $unmask
                (local.get $start) (local.get $at)
                ;; 0 without a key.
                (i32.and
                  (i32.sub (i32.const 0) (i32.shr_u (local.get $keyLength) (i32.const 2)))
                  (i32.load align=1 (i32.sub (local.get $start) (local.get $keyLength))))
                (i32.sub (i32.add (global.get $output) (local.get $to)) (local.get $start))))
              (i32.const 31))))
        (local.set $to (i32.and (i32.const -8)
          (i32.add (i32.const 7) (i32.add (local.get $to) (local.get $length)))))
        (local.set $entry (i32.add (local.get $entry) (i32.const 8)))
        (br $frames)))
    (global.set $stop (local.get $at))
    (i32.shr_u (i32.sub (local.get $entry) (global.get $found)) (i32.const 3))))
