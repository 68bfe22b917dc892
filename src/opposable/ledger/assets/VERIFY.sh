#!/bin/sh
# Verifies an unpacked evidence bundle. Needs a POSIX shell, openssl 3 and coreutils; uses no network, writes nothing
# but a temporary folder. Vérifie un dossier de preuve déballé : shell POSIX, openssl 3 et coreutils, sans réseau.
#
#   sh VERIFY.sh [--policy FILE] [--tsa ROOTS.pem] [--checkpoint HELD] [FOLDER]
#
#   --policy      a tlog-policy that reached you by another way: which log keys and witnesses you trust
#   --tsa         root certificates of the time-stamping authority, got from that authority
#   --checkpoint  an older checkpoint of the same log that you hold: shows that the log only grew since
#
# Exit status: 0 everything checked holds, 1 something is false, 2 wrong use. Numbers are those of the catalogue of
# checks. What it cannot see is the ZIP itself (names twice, order of members): it sees what was unpacked.
# JSON is read only in the canonical form in which it was hashed, key after key: anything else is refused.
set -u
LC_ALL=C
export LC_ALL
unset POSIXLY_CORRECT CDPATH
NL='
'
B64=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/
FAILED=0 NOTED='' NOW=''

misuse() { printf 'VERIFY.sh: %s\n' "$1" >&2; exit 2; }
fail() { FAILED=$((FAILED + 1)); printf 'FAIL %s %s %s: %s\n' "$1" "$2" "$3" "$4"; }
note() { NOTED="$NOTED- $1 $2: $3$NL"; }

# --- bytes: BYTES is a string of octal escapes for printf, the one way in which a POSIX shell can hold them ---

octal() { # hex -> BYTES
  BYTES='' _h=$1
  while [ -n "$_h" ]; do
    _n=$((0x${_h%"${_h#??}"})) _h=${_h#??}
    BYTES="$BYTES\\$((_n / 64))$((_n / 8 % 8))$((_n % 8))"
  done
}
unbase64() { # canonical base64 -> BYTES
  BYTES='' _s=$1
  [ $((${#_s} % 4)) -eq 0 ] || return 1
  while [ -n "$_s" ]; do
    _q=${_s%"${_s#????}"} _s=${_s#????} _n=0 _pad=0
    case $_q in ??==) _q=${_q%==}AA _pad=2 ;; ???=) _q=${_q%=}A _pad=1 ;; esac
    [ "$_pad" = 0 ] || [ -z "$_s" ] || return 1
    case $_q in *[!A-Za-z0-9+/]*) return 1 ;; esac
    while [ -n "$_q" ]; do
      _c=${_q%"${_q#?}"} _q=${_q#?} _p=${B64%%"$_c"*}
      _n=$((_n * 64 + ${#_p}))
    done
    case $_pad in # spare bits must be zero, else one value could be written in several ways
      1) [ $((_n % 256)) = 0 ] || return 1 ;;
      2) [ $((_n % 65536)) = 0 ] || return 1 ;;
    esac
    _a=$((_n / 65536)) _b=$((_n / 256 % 256)) _d=$((_n % 256))
    BYTES="$BYTES\\$((_a / 64))$((_a / 8 % 8))$((_a % 8))"
    [ "$_pad" = 2 ] || BYTES="$BYTES\\$((_b / 64))$((_b / 8 % 8))$((_b % 8))"
    [ "$_pad" != 0 ] || BYTES="$BYTES\\$((_d / 64))$((_d / 8 % 8))$((_d % 8))"
  done
}
hash32() { unbase64 "$1" && [ ${#BYTES} = 128 ]; } # 32 bytes of base64 -> BYTES
sha_bytes() { HEX=$(printf "$1" | sha256sum); HEX=${HEX%% *}; }
sha_file() { HEX=$(sha256sum <"$1"); HEX=${HEX%% *}; }
sha_text() { HEX=$(printf '%s' "$1" | sha256sum); HEX=${HEX%% *}; }
node() { sha_bytes "\\001$1$2"; octal "$HEX"; } # two hashes -> BYTES (RFC 6962)
leaf() { octal "00$1"; sha_bytes "$BYTES"; octal "$HEX"; } # entry, hex -> BYTES
slurp() { # file -> TEXT; nothing when it holds NUL, which a shell would drop in silence
  TEXT=$(cat "$1"; printf x)
  TEXT=${TEXT%x}
  [ ${#TEXT} = $(($(wc -c <"$1"))) ] || { TEXT=''; return 1; }
}

# RFC 9162 2.1.3.2. $1 leaf, $2 index, $3 size, $4 root, then the path: each a string of escapes.
included() {
  _r=$1 _fn=$2 _sn=$(($3 - 1)) _root=$4
  shift 4
  [ "$_fn" -le "$_sn" ] || return 1
  for _p; do
    [ "$_sn" != 0 ] || return 1
    if [ $((_fn % 2)) = 1 ] || [ "$_fn" = "$_sn" ]; then
      node "$_p" "$_r"
      while [ $((_fn % 2)) = 0 ] && [ "$_fn" != 0 ]; do _fn=$((_fn / 2)) _sn=$((_sn / 2)); done
    else
      node "$_r" "$_p"
    fi
    _r=$BYTES _fn=$((_fn / 2)) _sn=$((_sn / 2))
  done
  [ "$_sn" = 0 ] && [ "$_r" = "$_root" ]
}
# RFC 9162 2.1.4.2. $1 old size, $2 new size, $3 old root, $4 new root, then the path.
extends() {
  _fn=$(($1 - 1)) _sn=$(($2 - 1)) _old=$3 _new=$4 _whole=$1
  [ "$1" -le "$2" ] || return 1
  if [ "$1" = "$2" ]; then [ $# = 4 ] && [ "$3" = "$4" ]; return; fi
  shift 4
  while [ $((_whole % 2)) = 0 ]; do _whole=$((_whole / 2)); done
  [ "$_whole" != 1 ] || set -- "$_old" "$@"
  [ $# -gt 0 ] || return 1
  while [ $((_fn % 2)) = 1 ]; do _fn=$((_fn / 2)) _sn=$((_sn / 2)); done
  _fr=$1 _sr=$1
  shift
  for _p; do
    [ "$_sn" != 0 ] || return 1
    if [ $((_fn % 2)) = 1 ] || [ "$_fn" = "$_sn" ]; then
      node "$_p" "$_fr"; _fr=$BYTES
      node "$_p" "$_sr"; _sr=$BYTES
      while [ $((_fn % 2)) = 0 ] && [ "$_fn" != 0 ]; do _fn=$((_fn / 2)) _sn=$((_sn / 2)); done
    else
      node "$_sr" "$_p"; _sr=$BYTES
    fi
    _fn=$((_fn / 2)) _sn=$((_sn / 2))
  done
  [ "$_sn" = 0 ] && [ "$_fr" = "$_old" ] && [ "$_sr" = "$_new" ]
}

# --- canonical JSON: J is what is left to read, V the value read last ---

want() { case $J in "$1"*) J=${J#"$1"} ;; *) return 1 ;; esac; }
text() { case $J in *\"*) V=${J%%\"*} J=${J#*\"} ;; *) return 1 ;; esac; case $V in *[!!-~]* | *\\*) return 1 ;; esac; }
number() { V=${J%%[!0-9]*} J=${J#"${J%%[!0-9]*}"}; case $V in '' | 0?*) return 1 ;; esac; [ ${#V} -le 16 ]; }
hex() { [ ${#2} = "$1" ] && case $2 in *[!0-9a-f]*) return 1 ;; esac; }
digest() { text && hex 64 "$V"; }
digest_or_empty() { text && { [ -z "$V" ] || hex 64 "$V"; }; }
name() { text && case $V in [a-z]*) ;; *) return 1 ;; esac && case $V in *[!a-z0-9_.-]*) return 1 ;; esac; }
day() { # YYYY-MM-DD in $1 -> DAYS since 1970
  case $1 in [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]) ;; *) return 1 ;; esac
  _y=$((1${1%%-*} - 10000)) _m=${1#*-} _d=$((1${1##*-} - 100))
  _m=$((1${_m%-*} - 100))
  case $_m in 4 | 6 | 9 | 11) _end=30 ;; 2) _end=28 ;; *) _end=31 ;; esac
  [ "$_m" != 2 ] || [ $((_y % 4)) != 0 ] || { [ $((_y % 100)) = 0 ] && [ $((_y % 400)) != 0 ]; } || _end=29
  [ "$_y" -ge 1 ] && [ "$_m" -ge 1 ] && [ "$_m" -le 12 ] && [ "$_d" -ge 1 ] && [ "$_d" -le "$_end" ] || return 1
  [ "$_m" -gt 2 ] || { _y=$((_y - 1)) _m=$((_m + 12)); }
  DAYS=$((365 * _y + _y / 4 - _y / 100 + _y / 400 + (153 * (_m - 3) + 2) / 5 + _d - 719469))
}
clock() { # hh:mm:ss in $1 -> SECONDS_OF_DAY
  case $1 in [0-2][0-9]:[0-5][0-9]:[0-5][0-9]) ;; *) return 1 ;; esac
  _m=${1#*:}
  SECONDS_OF_DAY=$(((1${1%%:*} - 100) * 3600 + (1${_m%:*} - 100) * 60 + 1${1##*:} - 100))
  [ "$SECONDS_OF_DAY" -lt 86400 ]
}
instant() { # RFC 3339 in $1 -> MICROS since 1970, ON days since 1970, LATE the day in Paris at the latest
  case $1 in *T*.[0-9][0-9][0-9][0-9][0-9][0-9]Z) ;; *) return 1 ;; esac
  _t=${1#*T} _u=${1#*.}
  day "${1%%T*}" && clock "${_t%.*}" || return 1
  MICROS=$(((DAYS * 86400 + SECONDS_OF_DAY) * 1000000 + 1${_u%Z} - 1000000))
  ON=$DAYS LATE=$(((DAYS * 86400 + SECONDS_OF_DAY + 7200) / 86400))
}
pin() { # {"book","from","id","row"}
  want '{"book":"' && digest && want ',"from":"' && text && R_FROM=$V && day "$V" && want ',"id":"' && text && R_ID=$V &&
    want ',"row":"' && digest && R_ROW=$V && want '}' || return 1
  case $R_ID in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) return 1 ;; esac
}
header() { # J -> A_*
  A_PARTS='' _before='' A_RULE=''
  want '{"actor":"' && text && hex 32 "$V" && want ',"after":"' && digest_or_empty && A_AFTER=$V &&
    want ',"at":"' && text && A_AT=$V && instant "$V" && want ',"keep":"' && name &&
    want ',"log":"' && text && A_LOG=$V && want ',"obj":"' && text && A_OBJ=$V && hex 32 "$V" &&
    want ',"outcome":"' && text && A_OUTCOME=$V && want ',"parts":{' || return 1
  case $A_LOG in '' | *+*) return 1 ;; esac
  case $A_OUTCOME in done | refused) ;; *) return 1 ;; esac
  while want '"'; do
    name && case $V in *.* | header) return 1 ;; esac && _n=$V && want ':"' && digest || return 1
    [ -z "$_before" ] || expr "x$_before" \< "x$_n" >/dev/null || return 1
    A_PARTS="$A_PARTS$_n $V$NL" _before=$_n
    want ',' || break
  done
  want '},"post":"' && digest_or_empty && A_POST=$V && want ',"prev":"' && digest_or_empty && A_PREV=$V &&
    want ',"rule":' || return 1
  want null || { pin && A_RULE="$R_ID $R_FROM $R_ROW"; } || return 1
  want ',"salt":"' && digest && want ',"seq":' && number && A_SEQ=$V && want ',"type":"' && name && A_TYPE=$V &&
    want ',"v":1}' && [ -z "$J" ] || return 1
  case $A_TYPE in *.[!a-z]* | *.) return 1 ;; *.*) ;; *) return 1 ;; esac
  case $A_SEQ:$A_PREV:$A_POST in 0::) ;; 0:* | *:*:) return 1 ;; 1::*) ;; 1:* | *::*) return 1 ;; esac
}

# --- signatures and tokens ---

signed() { # key (escapes), message file, signature (escapes): Ed25519
  { printf '\060\052\060\005\006\003\053\145\160\003\041\000'; printf "$1"; } >"$T/key"
  printf "$3" >"$T/sig"
  openssl pkeyutl -verify -pubin -keyform DER -inkey "$T/key" -rawin -in "$2" -sigfile "$T/sig" </dev/null >/dev/null 2>&1
}
vkey() { # name+id+key in $1 -> K_NAME, K_ID, K_TYPE, KEY (escapes)
  K_NAME=${1%%+*} _rest=${1#*+}
  _id=${_rest%%+*}
  hex 8 "$_id" && unbase64 "${_rest#*+}" && [ ${#BYTES} = 132 ] || return 1
  KEY=${BYTES#????} K_TYPE=${BYTES%"$KEY"}
  HEX=$({ printf '%s\n' "$K_NAME"; printf "$BYTES"; } | sha256sum)
  octal "$_id"
  K_ID=$BYTES
  case $HEX in "$_id"*) ;; *) return 1 ;; esac
  case $K_TYPE in '\001' | '\004') [ -n "$K_NAME" ] ;; *) return 1 ;; esac
}
checkpoint() { # file -> C_TEXT, C_ORIGIN, C_SIZE, C_ROOT (escapes), C_SIGNATURES (lines «name base64»)
  slurp "$1" || return 1
  case $TEXT in *"$NL$NL"*) ;; *) return 1 ;; esac
  C_TEXT=${TEXT%%"$NL$NL"*}$NL _rest=${TEXT#*"$NL$NL"} C_SIGNATURES=''
  C_ORIGIN=${C_TEXT%%"$NL"*} _s=${C_TEXT#*"$NL"}
  C_SIZE=${_s%%"$NL"*} _r=${_s#*"$NL"}
  case $C_SIZE in '' | 0?* | *[!0-9]*) return 1 ;; esac
  [ -n "$C_ORIGIN" ] && [ ${#C_SIZE} -le 18 ] && hash32 "${_r%%"$NL"*}" && [ -n "$_rest" ] || return 1
  C_ROOT=$BYTES
  while [ -n "$_rest" ]; do
    case $_rest in '— '*' '*"$NL"*) ;; *) return 1 ;; esac
    _l=${_rest%%"$NL"*} _rest=${_rest#*"$NL"}
    _l=${_l#— }
    case ${_l#* } in '' | *[!A-Za-z0-9+/=]*) return 1 ;; esac
    C_SIGNATURES="$C_SIGNATURES$_l$NL"
  done
}
by_key() { # does the key of vkey() sign the checkpoint? 0 yes, 1 no line of that key, 2 a false one; COSIGNED_AT
  _found=1 _lines=$C_SIGNATURES
  while [ -n "$_lines" ]; do
    _l=${_lines%%"$NL"*} _lines=${_lines#*"$NL"}
    [ "${_l%% *}" = "$K_NAME" ] && unbase64 "${_l#* }" || continue
    _sig=${BYTES#"$K_ID"}
    [ "$_sig" != "$BYTES" ] || continue
    if [ "$K_TYPE" = '\004' ]; then
      [ ${#_sig} = 288 ] || return 2
      _stamp=${_sig%"${_sig#????????????????????????????????}"} _sig=${_sig#????????????????????????????????} COSIGNED_AT=0
      while [ -n "$_stamp" ]; do _o=${_stamp#?} COSIGNED_AT=$((COSIGNED_AT * 256 + 0${_o%"${_o#???}"})) _stamp=${_stamp#????}; done
      printf 'cosignature/v1\ntime %s\n%s' "$COSIGNED_AT" "$C_TEXT" >"$T/message"
    else
      [ ${#_sig} = 256 ] || return 2
      printf '%s' "$C_TEXT" >"$T/message"
    fi
    signed "$KEY" "$T/message" "$_sig" || return 2
    _found=0
  done
  return "$_found"
}
token() { # file, "-token_in" or "" -> TOKEN_AT, TOKEN_FROM, TOKEN_TO (microseconds), TOKEN_HASH; checks all but the hash
  openssl ts -reply -in "$1" $2 -text >"$T/text" 2>/dev/null || return 1
  TOKEN_AT='' TOKEN_HASH='' _acc=0 _part=0 _in=0
  while IFS= read -r _l; do
    case $_l in
      'Time stamp: '*' GMT') TOKEN_AT=${_l#Time stamp: } ;;
      'Message data:'*) _in=1 ;;
      'Serial number:'*) _in=0 ;;
      '    '*' - '*) [ "$_in" = 0 ] || TOKEN_HASH="$TOKEN_HASH$(printf '%s' "${_l#* - }" | cut -c1-47 | tr -d ' -')" ;;
      'Accuracy: '*)
        _l=${_l#Accuracy: }
        for _w in $_l; do
          case $_w in
            0x*) _part=$((_w)) ;;
            unspecified) _part=0 ;;
            seconds*) _acc=$((_acc + _part * 1000000)) ;;
            millis*) _acc=$((_acc + _part * 1000)) ;;
            micros*) _acc=$((_acc + _part)) ;;
          esac
        done
        ;;
    esac
  done <"$T/text"
  set -- "$1" "$2" $TOKEN_AT
  [ $# = 7 ] || return 1
  case $3 in Jan) _m=01 ;; Feb) _m=02 ;; Mar) _m=03 ;; Apr) _m=04 ;; May) _m=05 ;; Jun) _m=06 ;; Jul) _m=07 ;;
    Aug) _m=08 ;; Sep) _m=09 ;; Oct) _m=10 ;; Nov) _m=11 ;; Dec) _m=12 ;; *) return 1 ;; esac
  case $4 in ?) _d=0$4 ;; *) _d=$4 ;; esac
  _time=${5%%.*} _frac=''
  case $5 in *.*) _frac=${5#*.}000000 ;; esac
  : "${_frac:=000000}"
  day "$6-$_m-$_d" && clock "$_time" || return 1
  _s=$((DAYS * 86400 + SECONDS_OF_DAY)) _u=$((1${_frac%"${_frac#??????}"} - 1000000))
  TOKEN_FROM=$((_s * 1000000 + _u - _acc)) TOKEN_TO=$((_s * 1000000 + _u + _acc))
  [ "$_u" != 0 ] || TOKEN_TO=$((TOKEN_TO + 1000000))
  openssl ts -verify -digest "$TOKEN_HASH" -in "$1" $2 -CAfile "$T/roots" -attime "$_s" >/dev/null 2>&1
}
over() { # is the token of token() over these bytes (a file)?
  case ${#TOKEN_HASH} in 64) _d=$(sha256sum <"$1") ;; 96) _d=$(sha384sum <"$1") ;; 128) _d=$(sha512sum <"$1") ;; *) return 1 ;; esac
  [ "${_d%% *}" = "$TOKEN_HASH" ]
}

# --- start ---

POLICY='' TSA='' HELD='' FOLDER=''
while [ $# -gt 0 ]; do
  case $1 in
    --policy | --tsa | --checkpoint)
      [ $# -gt 1 ] && [ -r "$2" ] || misuse "$1 needs a file that can be read"
      case $1 in --policy) POLICY=$2 ;; --tsa) TSA=$2 ;; *) HELD=$2 ;; esac
      shift
      ;;
    -*) misuse "no such option: $1 (there are --policy, --tsa and --checkpoint)" ;;
    *) [ -z "$FOLDER" ] || misuse "one folder at a time"; FOLDER=$1 ;;
  esac
  shift
done
case $0 in */*) _here=${0%/*} ;; *) _here=. ;; esac
: "${FOLDER:=$_here}"
for _tool in openssl sha256sum mktemp wc tr cut cat rm expr; do
  command -v "$_tool" >/dev/null || misuse "$_tool is not installed"
done
openssl pkeyutl -help 2>&1 | while IFS= read -r _l; do case $_l in *-rawin*) exit 3 ;; esac; done
[ $? = 3 ] || misuse 'this openssl is too old: version 3 is needed'
T=$(mktemp -d) || misuse 'no temporary folder'
trap 'rm -rf "$T"' EXIT
trap 'exit 2' HUP INT TERM
mkdir "$T/act" "$T/rule" "$T/after" "$T/chain" 2>/dev/null || misuse 'the temporary folder cannot be written'
for _file in "$POLICY:policy" "$TSA:tsa" "$HELD:held"; do
  [ "${_file#:}" != "$_file" ] || cat "${_file%:*}" >"$T/${_file##*:}"
done
[ -d "$FOLDER" ] || misuse "no folder $FOLDER"
cd "$FOLDER" || exit 2
[ -f mimetype ] && [ -d META-INF ] || misuse "$FOLDER is no unpacked bundle: unpack the .asice file there first"

# --- 1xx, 2xx: layout and manifest ---

FILES='' # every file below, one a line
walk() {
  for _f in "$1"* "$1".[!.]* "$1"..?*; do
    if [ -L "$_f" ]; then
      fail 105 container.layout "$_f" 'a link'
    elif [ -d "$_f" ]; then
      walk "$_f/"
    elif [ -e "$_f" ]; then
      case $_f in *[!A-Za-z0-9._@/-]*) fail 102 container.names "$_f" 'not a plain name' ;; *) FILES="$FILES$_f$NL" ;; esac
    fi
  done
}
walk ''
index_ok() { case $1 in '' | 0?* | *[!0-9]*) return 1 ;; esac; [ ${#1} -le 16 ]; }
known() { # has the layout a place for this file?
  case $1 in
    mimetype | README.txt | VERIFY.sh | verify.html | summary.html | summary.pdf | checkpoint | checkpoint.tsr) ;;
    log.pem | log.vkey | policy | withheld.json | META-INF/*) ;;
    acts/*/*/* | erasures/*/*/*) return 1 ;;
    acts/*/* | erasures/*/*)
      _f=${1#*/}
      index_ok "${_f%%/*}" || return 1
      case ${_f#*/} in
        act.json | act.tlog-proof) ;;
        part-[a-z]*.json) _f=${_f#*/part-}; case ${_f%.json} in *[!a-z0-9_-]*) return 1 ;; esac ;;
        *) return 1 ;;
      esac
      ;;
    objects/*.json) _f=${1#objects/}; hex 32 "${_f%.json}" ;;
    rules/*/*) return 1 ;;
    rules/[A-Za-z0-9]*.json) _f=${1%.json}; case $_f in *@*) hex 16 "${_f##*@}" ;; esac ;;
    tsa/*/*) return 1 ;;
    tsa/*.tsr) _f=${1#tsa/}; hex 64 "${_f%.tsr}" ;;
    tsa/[A-Za-z0-9]*.pem) ;;
    consistency/*-*.json) _f=${1#*/}; index_ok "${_f%%-*}" && _f=${_f#*-} && index_ok "${_f%.json}" ;;
    *) return 1 ;;
  esac
}
for _f in mimetype checkpoint log.pem log.vkey META-INF/ASiCManifest.xml; do
  [ -f "$_f" ] || fail 106 container.missing "$_f" absent
done
case "$NL$FILES" in *"${NL}acts/"*) ;; *) fail 106 container.missing acts/ 'no act' ;; esac
TEXT=''
slurp mimetype
[ "$TEXT" = application/vnd.etsi.asic-e+zip ] || fail 104 container.mimetype mimetype "$TEXT"

# The roots of the time-stamping authority: yours, or the bundle's own.
if [ -f "$T/tsa" ]; then
  cat "$T/tsa" >"$T/roots"
else
  note 690 trust.tsa 'the roots of the time-stamping authority were taken from the bundle itself'
  : >"$T/roots"
fi
for _f in tsa/*.pem; do
  if [ ! -f "$_f" ]; then
    :
  elif ! openssl x509 -in "$_f" -noout 2>/dev/null; then
    fail 601 token.roots "$_f" 'not a certificate'
  elif [ ! -f "$T/tsa" ]; then
    cat "$_f" >>"$T/roots"
  fi
done

M=META-INF/ASiCManifest.xml LISTED=$NL BUNDLE_AT=none
manifest() {
  _line=0 _closed=0
  while IFS= read -r _l; do
    _line=$((_line + 1))
    case $_line:$_l in
      '1:<?xml version="1.0" encoding="UTF-8"?>') continue ;;
      '2:<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">') continue ;;
      '3:<asic:SigReference URI="META-INF/timestamp.tst" MimeType="application/vnd.etsi.timestamp-token"/>') continue ;;
      [123]:*) return 1 ;;
      *':</asic:ASiCManifest>') _closed=$_line; continue ;;
    esac
    [ "$_closed" = 0 ] || return 1
    J=$_l
    want '<asic:DataObjectReference URI="' && text && _name=$V && want ' MimeType="' && text &&
      want '><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>' || return 1
    _digest=${J%%<*} J=${J#*<}
    want '/ds:DigestValue></asic:DataObjectReference>' && [ -z "$J" ] && hash32 "$_digest" || return 1
    case $_name in '' | *[!A-Za-z0-9._@/-]* | /* | *..*) return 1 ;; esac
    case $LISTED in *"$NL$_name$NL"*) return 1 ;; esac
    LISTED="$LISTED$_name$NL"
    printf '%s %s\n' "$_name" "$_digest" >>"$T/listed"
  done <"$M"
  [ "$_closed" != 0 ]
}
listed() { # every listed file against its digest
  while read -r _name _digest; do
    if [ ! -f "$_name" ]; then
      fail 203 manifest.missing "$_name" 'listed, not there'
    else
      hash32 "$_digest"
      _digest=$BYTES
      sha_file "$_name"
      octal "$HEX"
      [ "$BYTES" = "$_digest" ] || fail 202 manifest.digest "$_name" "sha256 is $HEX"
    fi
  done <"$T/listed"
}
if [ -f "$M" ]; then
  : >"$T/listed"
  if manifest; then
    listed
  else
    LISTED=''
    fail 201 manifest.form "$M" 'not in its fixed form'
  fi
  if [ ! -f META-INF/timestamp.tst ]; then
    note 290 manifest.undated 'the bundle itself bears no time-stamp'
  elif token META-INF/timestamp.tst -token_in && over "$M"; then
    BUNDLE_AT=$TOKEN_AT
  else
    fail 205 manifest.token META-INF/timestamp.tst 'not valid, or not over this manifest'
  fi
fi
_files=$FILES
while [ -n "$_files" ]; do
  _one=${_files%%"$NL"*} _files=${_files#*"$NL"}
  known "$_one" || fail 105 container.layout "$_one" 'not a member of the layout'
  case $_one in
    mimetype | META-INF/ASiCManifest.xml | META-INF/timestamp.tst) ;;
    META-INF/*) note 190 container.meta "$_one was not checked" ;;
    *) case $LISTED in '' | *"$NL$_one$NL"*) ;; *) fail 204 manifest.unlisted "$_one" 'there, not listed' ;; esac ;;
  esac
done

# --- 41x to 5xx: the log's key, the checkpoint, the witnesses ---

LOG_KEY='' CHECKPOINT='' SIGNERS=$NL
if [ -f log.pem ] && [ -f log.vkey ]; then
  slurp log.vkey
  if vkey "${TEXT%"$NL"}" && [ "$K_TYPE" = '\001' ] && [ "${TEXT%"$NL"}" != "$TEXT" ]; then
    LOG_KEY=${TEXT%"$NL"} _raw=$KEY
    octal "302a300506032b6570032100"
    printf "$BYTES$_raw" >"$T/stated"
    openssl pkey -pubin -in log.pem -outform DER -out "$T/der" 2>/dev/null || : >"$T/der"
    _a=$(sha256sum <"$T/der") _b=$(sha256sum <"$T/stated")
    [ "$_a" = "$_b" ] || { fail 414 checkpoint.key log.pem 'not the key of log.vkey'; LOG_KEY=''; }
  else
    fail 414 checkpoint.key log.vkey 'not an Ed25519 log key'
  fi
fi
stated_key() { # the key of the bundle itself
  note 490 trust.key "the key was taken from the bundle itself: $LOG_KEY"
  [ -z "$LOG_KEY" ] || { vkey "$LOG_KEY" && log_key; }
}
log_key() { # one trusted key: does it sign?
  by_key
  case $? in 0) SIGNERS="$SIGNERS$K_NAME$NL" ;; esac
}
policy_line() { # the words of one line; so far: QUORUM, DEFINED, MET, GROUPED (names between newlines), KEYS
  case ${1:-#} in
    '#'*) return 0 ;;
    log)
      [ $# -le 3 ] && vkey "${2:-}" || return 1
      case $KEYS in *"${NL}log $KEY$NL"*) return 1 ;; esac
      KEYS="${KEYS}log $KEY$NL"
      [ "$TRUSTED" = no ] || log_key
      ;;
    witness)
      [ $# -ge 3 ] && [ $# -le 4 ] && vkey "$3" && [ "$K_TYPE" = '\004' ] || return 1
      case "${NL}none$DEFINED" in *"$NL$2$NL"*) return 1 ;; esac
      case $KEYS in *"${NL}witness $KEY$NL"*) return 1 ;; esac
      DEFINED="$DEFINED$2$NL" KEYS="${KEYS}witness $KEY$NL"
      by_key
      case $? in 0) MET="$MET$2$NL" ;; 2) fail 502 witness.signature checkpoint "the cosignature of $2 is false" ;; esac
      ;;
    group)
      [ $# -ge 4 ] || return 1
      case "${NL}none$DEFINED" in *"$NL$2$NL"*) return 1 ;; esac
      _name=$2 _k=$3 _count=0
      shift 3
      case $_k in all) _k=$# ;; any) _k=1 ;; '' | 0* | *[!0-9]*) return 1 ;; esac
      [ ${#_k} -le 9 ] && [ "$_k" -le $# ] || return 1
      for _w; do
        case $DEFINED in *"$NL$_w$NL"*) ;; *) return 1 ;; esac
        case $GROUPED in *"$NL$_w$NL"*) return 1 ;; esac
        GROUPED="$GROUPED$_w$NL"
        case $MET in *"$NL$_w$NL"*) _count=$((_count + 1)) ;; esac
      done
      DEFINED="$DEFINED$_name$NL"
      [ "$_count" -lt "$_k" ] || MET="$MET$_name$NL"
      ;;
    quorum)
      [ $# = 2 ] && [ -z "$QUORUM" ] || return 1
      case "${NL}none$DEFINED" in *"$NL$2$NL"*) QUORUM=$2 ;; *) return 1 ;; esac
      ;;
    *) return 1 ;;
  esac
}
read_policy() {
  DEFINED=$NL MET=$NL GROUPED=$NL KEYS=$NL QUORUM=''
  set -f
  while IFS= read -r _pl; do policy_line $_pl || { set +f; return 1; }; done <"$1"
  set +f
  [ -z "$_pl" ] && [ -n "$QUORUM" ]
}
if [ -f checkpoint ]; then
  if checkpoint checkpoint; then
    CHECKPOINT=yes ORIGIN=$C_ORIGIN SIZE=$C_SIZE ROOT=$C_ROOT
    slurp checkpoint
    NOTE=$TEXT
  else
    fail 411 checkpoint.form checkpoint 'not a signed checkpoint'
  fi
fi
if [ -n "$CHECKPOINT" ]; then
  TRUSTED=no
  if [ -f "$T/policy" ]; then
    TRUSTED=yes
    read_policy "$T/policy" || misuse 'the policy is not a tlog-policy'
    case $KEYS in *"${NL}log "*) ;; *) TRUSTED=no; stated_key ;; esac
    case "${NL}none$MET" in
      *"$NL$QUORUM$NL"*) ;;
      *) fail 503 policy.quorum checkpoint "the quorum $QUORUM is not met" ;;
    esac
    [ "$QUORUM" != none ] || note 590 witness.none 'your policy requires no witness'
  else
    note 590 witness.none 'no witness that you trust has confirmed that the log is the same for everyone'
    stated_key
    [ ! -f policy ] || read_policy policy || fail 501 policy.form policy 'not a tlog-policy'
  fi
  if [ "$SIGNERS" = "$NL" ]; then
    fail 412 checkpoint.signature checkpoint 'no trusted key has signed it'
  else
    case $SIGNERS in *"$NL$ORIGIN$NL"*) ;; *) fail 413 checkpoint.origin checkpoint "$ORIGIN is not the name of the key" ;; esac
  fi
fi

# --- the checkpoint that you hold ---

hold() {
  checkpoint "$T/held" && [ "$C_ORIGIN" = "$ORIGIN" ] || { fail 421 history.held checkpoint 'not of this log'; return; }
  SIGNERS=$NL
  if [ "$TRUSTED" = yes ]; then
    while IFS= read -r _pl; do case $_pl in *log*) set -f; set -- $_pl; set +f; [ "$1" != log ] || { vkey "$2" && log_key; } ;; esac; done <"$T/policy"
  else
    [ -z "$LOG_KEY" ] || { vkey "$LOG_KEY" && log_key; }
  fi
  [ "$SIGNERS" != "$NL" ] || { fail 421 history.held checkpoint 'the one you hold is not signed by this log'; return; }
  [ "$C_SIZE" != 0 ] || return 0
  _file=consistency/$C_SIZE-$SIZE.json
  set --
  if [ "$C_SIZE" != "$SIZE" ]; then
    [ -f "$_file" ] || { fail 422 history.proof "$_file" 'the bundle has no consistency proof from there'; return; }
    slurp "$_file"
    J=$TEXT
    want '{"hashes":[' || J=''
    while want '"'; do
      digest || break
      octal "$V"
      set -- "$@" "$BYTES"
      want ',' || break
    done
    want "],\"new\":$SIZE,\"old\":$C_SIZE}" && [ -z "$J" ] || { fail 422 history.proof "$_file" 'not a consistency proof'; return; }
  fi
  extends "$C_SIZE" "$SIZE" "$C_ROOT" "$ROOT" "$@" || fail 422 history.proof "$_file" 'the log does not extend the one you hold'
}
if [ ! -f "$T/held" ]; then
  note 491 history.alone 'the log was not compared with an older checkpoint that you hold'
elif [ -n "$CHECKPOINT" ]; then
  hold
fi

# --- 6xx: tokens ---

LIMIT='' NOT_AFTER=none
if [ ! -f checkpoint.tsr ]; then
  note 691 time.undated 'the checkpoint bears no time-stamp: dates are only claims'
elif ! token checkpoint.tsr ''; then
  fail 602 token.checkpoint checkpoint.tsr 'false, or of an unknown authority'
elif [ -n "$CHECKPOINT" ]; then
  # Cosignatures are added at the end: a token over any beginning that holds the whole text dates the root.
  printf '%s' "${NOTE%%"$NL$NL"*}$NL" >"$T/part"
  _more=$NL${NOTE#*"$NL$NL"}
  while :; do
    if over "$T/part"; then LIMIT=$TOKEN_TO NOT_AFTER=$TOKEN_AT; break; fi
    [ -n "$_more" ] || break
    printf '%s\n' "${_more%%"$NL"*}" >>"$T/part"
    _more=${_more#*"$NL"}
  done
  [ -n "$LIMIT" ] || fail 603 token.imprint checkpoint.tsr 'it dates something else'
fi
for _f in tsa/*.tsr; do
  [ -f "$_f" ] || continue
  sha_file "$_f"
  if [ "tsa/$HEX.tsr" != "$_f" ]; then
    fail 611 token.name "$_f" "sha256 is $HEX"
  elif token "$_f" ''; then
    printf '%s\n' "$TOKEN_FROM" >"$T/after/$HEX"
  else
    printf 'false\n' >"$T/after/$HEX"
    fail 612 token.after "$_f" 'false, or of an unknown authority'
  fi
done

# --- 3xx, 40x: one act: header, proof, parts ---

ERASED=0 WITHHELD=0 COVERS='' RESERVED=$NL WITHOUT=0 BAD=$NL
covered() { # is this part of this act erased by a lawful act?
  _c=$COVERS
  while [ -n "$_c" ]; do
    _l=${_c%%"$NL"*} _c=${_c#*"$NL"}
    _from=${_l%% *} _l=${_l#* }
    _until=${_l%% *} _l=${_l#* }
    if [ "$_from" -le "$1" ] && [ "$1" -lt "$_until" ]; then
      case " $_l " in *" $2 "*) return 0 ;; esac
    fi
  done
  return 1
}
proof() { # $1 folder, $2 index, $3 entry (hex or empty); sets ENTRY
  ENTRY=$3
  [ -f "$1/act.tlog-proof" ] && slurp "$1/act.tlog-proof" || { fail 401 proof.form "$1/act.tlog-proof" absent; return; }
  case $TEXT in "c2sp.org/tlog-proof@v1$NL"*"$NL$NL"*) ;; *) fail 401 proof.form "$1/act.tlog-proof" 'not a proof'; return ;; esac
  _head=${TEXT%%"$NL$NL"*}$NL _extra=''
  _head=${_head#*"$NL"}
  case $_head in 'extra '*) _extra=${_head%%"$NL"*} _extra=${_extra#extra } _head=${_head#*"$NL"} ;; esac
  _i=${_head%%"$NL"*}
  case $_i in 'index '*) ;; *) fail 401 proof.form "$1/act.tlog-proof" 'no index'; return ;; esac
  _head=${_head#*"$NL"} _i=${_i#index }
  index_ok "$_i" || { fail 401 proof.form "$1/act.tlog-proof" 'no index'; return; }
  [ "$_i" = "$2" ] || fail 402 proof.index "$1/act.tlog-proof" "proof of act $_i"
  [ -n "$CHECKPOINT" ] || return 0
  [ "${TEXT#*"$NL$NL"}" = "$NOTE" ] || { fail 404 proof.checkpoint "$1/act.tlog-proof" 'another checkpoint'; return; }
  if [ -z "$ENTRY" ]; then
    hash32 "$_extra" || { fail 401 proof.form "$1/act.tlog-proof" 'no entry for the absent header'; return; }
    ENTRY=$(printf "$BYTES" | od -An -v -tx1 | tr -d ' \n')
  fi
  set -- "$1" "$2"
  while [ -n "$_head" ]; do
    hash32 "${_head%%"$NL"*}" || { fail 401 proof.form "$1/act.tlog-proof" 'a hash is not 32 bytes'; return; }
    set -- "$@" "$BYTES"
    _head=${_head#*"$NL"}
  done
  _where=$1 _index=$2
  shift 2
  leaf "$ENTRY"
  included "$BYTES" "$_index" "$SIZE" "$ROOT" "$@" || fail 403 proof.inclusion "$_where/act.tlog-proof" 'not in the log at this place'
}
rule() { # where, id, from, row; then the days (in days since 1970), one of which must be in force
  _where=$1 _id=$2 _from=$3 _row=$4
  shift 4
  case $RULE_IDS in *"$NL$_id$NL"*) ;; *) fail 901 rule.missing "$_where" "rules/$_id.json"; return ;; esac
  [ -f "$T/rule/$_id:$_row" ] || { fail 902 rule.digest "$_where" "the act cited $_row"; return; }
  # "from" and "id" are neighbours among the sorted keys of a row; "until" is the last.
  slurp "$T/rule/$_id:$_row"
  case $TEXT in *"\"from\":\"$_from\",\"id\":\"$_id\","*) ;; *) fail 903 rule.form "rules/$_id.json" 'another name or date'; return ;; esac
  _until=${TEXT##*,\"until\":}
  case $_until in
    'null}') _last=99999999 ;;
    '"'????-??-??'"}') _until=${_until#?}; day "${_until%??}" && _last=$DAYS || { fail 903 rule.form "rules/$_id.json" 'no such day'; return; } ;;
    *) fail 903 rule.form "rules/$_id.json" 'no last day'; return ;;
  esac
  day "$_from"
  for _day; do [ "$DAYS" -gt "$_day" ] || [ "$_day" -ge "$_last" ] || return 0; done
  fail 904 rule.dates "$_where" "$_id from $_from"
}
one_act() { # folder, index
  _act=$1 _index=$2
  _entry='' A_PARTS='' A_SEQ='' A_RULE='' READ=no
  if [ -f "$_act/act.json" ]; then
    sha_file "$_act/act.json"
    _entry=$HEX
    if slurp "$_act/act.json" && J=$TEXT && header; then
      READ=yes
      [ -z "$CHECKPOINT" ] || [ "$A_LOG" = "$ORIGIN" ] || fail 303 act.log "$_act/act.json" "of the log $A_LOG"
    else
      A_PARTS=''
      fail 302 act.fields "$_act/act.json" 'not a header in its fixed, canonical form'
    fi
  fi
  proof "$_act" "$_index" "$_entry"
  for _f in "$_act"/part-*.json; do
    [ -f "$_f" ] || continue
    _n=${_f##*/part-}
    _n=${_n%.json}
    if [ "$READ" = yes ]; then
      case $NL$A_PARTS in
        *"$NL$_n "*)
          sha_file "$_f"
          case $NL$A_PARTS in *"$NL$_n $HEX$NL"*) ;; *) fail 312 part.digest "$_f" "sha256 is $HEX"; BAD=$BAD$_f$NL ;; esac
          ;;
        *) fail 314 part.unknown "$_f" 'not in the header'; BAD=$BAD$_f$NL ;;
      esac
    else
      BAD=$BAD$_f$NL
      [ -f "$_act/act.json" ] || fail 314 part.unknown "$_f" 'its act has no header'
    fi
    slurp "$_f"
    case $TEXT in
      '{"data":'*',"keep":"'*'","salt":"'????????????????????????????????????????????????????????????????'"}') ;;
      *) fail 311 part.form "$_f" 'not {data, keep, salt}'; BAD=$BAD$_f$NL ;;
    esac
  done
  # for the chains: entry, then what the header says ("-" for empty)
  if [ "$READ" = yes ]; then
    printf '%s %s %s %s %s\n' "${ENTRY:--}" "$A_OBJ" "$A_SEQ" "${A_PREV:--}" "${A_POST:--}" >"$T/act/$_index"
  else
    printf '%s - - - -\n' "${ENTRY:--}" >"$T/act/$_index"
  fi
}
absences() { # what the act had and the bundle has not
  if covered "$_index" header; then
    if [ -f "$_act/act.json" ]; then note 791 erasure.still-there "$_act/act.json"; else ERASED=$((ERASED + 1)); fi
  elif [ ! -f "$_act/act.json" ]; then
    fail 304 act.header-missing "$_act/act.json" 'no lawful erasure covers it'
  fi
  _parts=$A_PARTS
  while [ -n "$_parts" ]; do
    _p=${_parts%%"$NL"*} _parts=${_parts#*"$NL"}
    _p=${_p%% *}
    if [ -f "$_act/part-$_p.json" ]; then
      ! covered "$_index" "$_p" || note 791 erasure.still-there "$_act/part-$_p.json"
    elif covered "$_index" "$_p"; then
      ERASED=$((ERASED + 1))
    else
      case $RESERVED in
        *"$NL$_index $_p$NL"*) WITHHELD=$((WITHHELD + 1)) ;;
        *) fail 313 part.missing "$_act/part-$_p.json" 'neither erased by a lawful act nor withheld' ;;
      esac
    fi
  done
}
dated() { # the act's instant against the tokens
  [ "$READ" = yes ] || return 0
  instant "$A_AT"
  [ -z "$LIMIT" ] || [ "$MICROS" -lt "$LIMIT" ] || fail 604 time.not-after "$_act/act.json" "at $A_AT, token of $NOT_AFTER"
  if [ -z "$A_AFTER" ]; then
    WITHOUT=$((WITHOUT + 1))
  elif [ ! -f "$T/after/$A_AFTER" ]; then
    fail 613 after.missing "$_act/act.json" "tsa/$A_AFTER.tsr is not there"
  else
    read -r _since <"$T/after/$A_AFTER"
    [ "$_since" = false ] || [ "$_since" -le "$MICROS" ] || fail 614 time.not-before "$_act/act.json" "at $A_AT, before the token it cites"
  fi
  [ -n "$A_RULE" ] || return 0
  set -- $A_RULE
  _why='' _on=''
  if [ -f "$_act/part-why.json" ]; then slurp "$_act/part-why.json"; _why=$TEXT; fi
  case $_why in *'"on":"'????-??-??'","rule":{"book":"'*'","from":"'"$2"'","id":"'"$1"'","row":"'"$3"'"}'*)
    _on=${_why%%'","from":"'"$2"'","id":"'"$1"'","row":"'"$3"'"}'*}
    _on=${_on##*\"on\":\"}
    _on=${_on%%\"*}
    ;;
  esac
  if [ -n "$_on" ] && day "$_on"; then
    rule "$_act/act.json" "$1" "$2" "$3" "$DAYS"
  else
    rule "$_act/act.json" "$1" "$2" "$3" "$ON" "$LATE"
  fi
}
RULE_IDS=$NL
for _f in rules/*.json; do
  [ -f "$_f" ] || continue
  sha_file "$_f"
  _n=${_f#rules/}
  _n=${_n%.json}
  _n=${_n%@*}
  RULE_IDS="$RULE_IDS$_n$NL"
  cat "$_f" >"$T/rule/$_n:$HEX"
done

# --- 7xx: erasures first: one that fails in anything covers nothing ---

erasure() { # J is the part, ON the day of the act; adds to COVERS; sets E_RULE
  E_COVERS='' E_RULE='' E_LAST=0 _day=$ON
  want '{"data":{"class":"' && name && want ',"covers":[' || return 1
  while want '{"from":'; do
    number && _from=$V && want ',"parts":[' && _names='' || return 1
    while want '"'; do
      name && _names="$_names$V " || return 1
      case $V in *.*) return 1 ;; esac
      want ',' || break
    done
    want '],"until":' && number && _until=$V && want '}' && [ -n "$_names" ] && [ "$_from" -lt "$_until" ] || return 1
    E_COVERS="$E_COVERS$_from $_until $_names$NL"
    [ "$_until" -le "$E_LAST" ] || E_LAST=$_until
    want ',' || break
  done
  want '],"earliest_on":"' && text && E_ON=$V && day "$V" && want ',"rule":' && [ -n "$E_COVERS" ] || return 1
  E_DAYS=$DAYS
  want null || { pin && E_RULE="$R_ID $R_FROM $R_ROW"; } || return 1
  want '},"keep":"' && name && want ',"salt":"' && digest && want '}' && [ -z "$J" ]
}
ACTS=0 ERASURES=0
for _dir in erasures/*/; do
  [ -d "$_dir" ] || continue
  _dir=${_dir%/} _fails=$FAILED
  index_ok "${_dir##*/}" || continue
  if [ -d "acts/${_dir##*/}" ]; then fail 305 act.twice "$_dir" 'also in the other folder'; continue; fi
  ERASURES=$((ERASURES + 1))
  one_act "$_dir" "${_dir##*/}"
  [ "$READ" = yes ] || continue
  _f=$_dir/part-erasure.json
  instant "$A_AT"
  if [ "$A_TYPE" != kernel.part.erase ] || [ "$A_OUTCOME" != done ]; then
    fail 701 erasure.form "$_dir/act.json" "$A_TYPE, $A_OUTCOME"
  elif [ ! -f "$_f" ]; then
    fail 701 erasure.form "$_f" absent
  elif slurp "$_f" && J=$TEXT && erasure; then
    [ "$E_DAYS" -le "$_day" ] || fail 702 erasure.early "$_f" "allowed from $E_ON, done at $A_AT"
    [ "$E_LAST" -le "${_dir##*/}" ] || fail 703 erasure.order "$_f" 'it covers later acts'
    [ -n "$E_RULE$A_RULE" ] || note 792 erasure.no-rule "$_f: the first day allowed is only a claim"
    [ "$FAILED" != "$_fails" ] || COVERS="$COVERS$E_COVERS"
    [ -z "$E_RULE" ] || { set -- $E_RULE; instant "$A_AT"; rule "$_f" "$1" "$2" "$3" "$ON" "$LATE"; }
  else
    fail 701 erasure.form "$_f" 'not an erasure in its fixed form'
  fi
done
if [ -f withheld.json ]; then
  slurp withheld.json
  J=$TEXT _good=yes
  want '{"acts":[' || _good=no
  while want '{"index":'; do
    number && _i=$V && want ',"parts":[' || _good=no
    while want '"'; do
      name || _good=no
      RESERVED="$RESERVED$_i $V$NL"
      want ',' || break
    done
    want ']}' || _good=no
    want ',' || break
  done
  want ']}' && [ -z "$J" ] && [ "$_good" = yes ] || fail 315 part.withheld-form withheld.json 'not in its form'
fi
for _dir in acts/*/ erasures/*/; do
  [ -d "$_dir" ] || continue
  _dir=${_dir%/}
  index_ok "${_dir##*/}" || continue
  case $_dir in
    acts/*) ACTS=$((ACTS + 1)); one_act "$_dir" "${_dir##*/}" ;;
    *) # read already: only its header again
      [ ! -d "acts/${_dir##*/}" ] || continue
      _act=$_dir _index=${_dir##*/} READ=no A_PARTS=''
      if [ -f "$_act/act.json" ] && slurp "$_act/act.json" && J=$TEXT && header; then READ=yes; else A_PARTS=''; fi
      ;;
  esac
  absences
  dated
  [ "$READ" = yes ] || continue
  _one=$RESERVED
  while case $_one in *"$NL$_index "*) ;; *) false ;; esac; do
    _one=${_one#*"$NL$_index "}
    _p=${_one%%"$NL"*} _one=$NL${_one#*"$NL"}
    case $NL$A_PARTS in *"$NL$_p "*) [ ! -f "$_act/part-$_p.json" ] && continue ;; esac
    fail 315 part.withheld-form withheld.json "act $_index has no absent part $_p"
  done
done
_one=${RESERVED#"$NL"}
while [ -n "$_one" ]; do
  _p=${_one%%"$NL"*} _one=${_one#*"$NL"}
  [ -f "$T/act/${_p%% *}" ] || fail 315 part.withheld-form withheld.json "act ${_p%% *} is not in the bundle"
done
[ "$WITHOUT" = 0 ] || note 692 time.no-after "acts that cite no earlier token: $WITHOUT"
[ "$ERASED" = 0 ] || note 790 erasure.lawful "parts or headers lawfully erased: $ERASED"
[ "$WITHHELD" = 0 ] || note 390 part.withheld "parts withheld from this recipient: $WITHHELD"

# --- 8xx: the history of each object ---

object() { # file, obj; J is the file
  _prev=- _seq=0 _last=-1 _post='' _order=good _late=''
  want '{"chain":[' || return 1
  while want '{"index":'; do
    number && _i=$V && want ',"member":' || return 1
    M_SIZE='' M_HASHES=''
    if ! want null; then
      want '{"hashes":[' || return 1
      while want '"'; do digest && M_HASHES="$M_HASHES$V " || return 1; want ',' || break; done
      want '],"position":' && number && M_AT=$V && want ',"size":' && number && M_SIZE=$V && want '}' || return 1
    fi
    want ',"post":"' && digest_or_empty && _post=$V && want ',"prev":"' && digest_or_empty && _p=${V:--} &&
      want ',"seq":' && number && _s=$V && want '}' || return 1
    if [ "$_last" = -1 ] && [ "$_s" -gt 1 ] && [ -z "$M_SIZE" ] && erased_whole "$_i"; then
      # nothing says any more what came before an act that was lawfully erased whole
      _seq=$((_s - 1)) _prev=unknown _late=$_s
    fi
    _seq=$((_seq + 1))
    [ "$_s" = "$_seq" ] && [ "$_i" -gt "$_last" ] || _order=bad
    _last=$_i
    [ "$_prev" = unknown ] || [ "$_prev" = "$_p" ] || fail 805 object.prev "$1" "number $_s does not follow the act before it"
    _prev=unknown
    if [ ! -f "$T/act/$_i" ]; then
      fail 803 object.act-missing "$1" "act $_i"
    else
      read -r _e _o _hs _hprev _hpost <"$T/act/$_i"
      [ "$_e" = - ] || _prev=$_e
      if [ -n "$M_SIZE" ]; then
        member "$1" "$2" || fail 806 object.member "$1" "number $_s is not in act $_i"
      elif [ "$_o" != - ] && [ "$_o $_hs $_hprev $_hpost" != "$2 $_s $_p $_post" ]; then
        fail 804 object.header "$1" "number $_s differs from act $_i"
      fi
      printf '%s\n' "$_i" >>"$T/chain/$2"
    fi
    want ',' || break
  done
  if [ -n "$_late" ]; then
    [ "$_s" -gt "$_late" ] || _order=bad
    [ "$_order" = bad ] || note 891 object.begun-earlier "$1 is shown from number $_late on: the acts before were erased"
  fi
  [ "$_order" = good ] && [ "$_seq" != 0 ] || fail 802 object.sequence "$1" 'numbers do not run from 1 without gap'
  want '],"kind":"' && text && want ",\"obj\":\"$2\",\"state\":" || return 1
  case $J in
    'null}') return 0 ;;
    '{"data":'*',"keep":"'*'","salt":"'????????????????????????????????????????????????????????????????'"}}') ;;
    *) return 1 ;;
  esac
  sha_text "${J%\}}"
  [ "$HEX" = "$_post" ] || fail 807 object.state "$1" "sha256 is $HEX, sealed as $_post"
}
erased_whole() { # is this act enclosed without its header, and lawfully so?
  [ -f "$T/act/$1" ] && [ ! -f "acts/$1/act.json" ] && [ ! -f "erasures/$1/act.json" ] && covered "$1" header
}
member() { # the item of this object in the part «objects» of act _i
  _f=acts/$_i/part-objects.json
  [ -f "$_f" ] || _f=erasures/$_i/part-objects.json
  [ -f "$_f" ] || { covered "$_i" objects; return; }
  _rest=$J
  slurp "$_f"
  J=$TEXT
  want '{"data":{"root":"' && digest && M_ROOT=$V && want ",\"size\":$M_SIZE}," || { J=$_rest; return 1; }
  J=$_rest
  HEX=$({ printf '\000'; printf '{"obj":"%s","post":"%s","prev":"%s","seq":%s}' "$2" "$_post" "${_p#-}" "$_s"; } | sha256sum)
  octal "${HEX%% *}"
  M_LEAF=$BYTES
  octal "$M_ROOT"
  M_ROOT=$BYTES _hashes=$M_HASHES
  set --
  for _hash in $_hashes; do octal "$_hash"; set -- "$@" "$BYTES"; done
  _keep="$_p"
  included "$M_LEAF" "$M_AT" "$M_SIZE" "$M_ROOT" "$@"
  _good=$?
  _p=$_keep
  return "$_good"
}
for _file in objects/*.json; do
  [ -f "$_file" ] || continue
  _obj=${_file#objects/} _obj=${_obj%.json}
  hex 32 "$_obj" || continue
  : >"$T/chain/$_obj"
  slurp "$_file"
  J=$TEXT
  object "$_file" "$_obj" || { fail 801 object.form "$_file" 'not in its form'; : >"$T/chain/$_obj.bad"; }
done
_alone=0
for _f in "$T"/act/*; do
  [ -f "$_f" ] || continue
  read -r _e _o _hs _hprev _hpost <"$_f"
  [ "$_hs" != 0 ] && [ "$_o" != - ] || continue
  if [ ! -f "$T/chain/$_o" ]; then
    _alone=$((_alone + 1))
  elif [ ! -f "$T/chain/$_o.bad" ]; then
    slurp "$T/chain/$_o"
    case $NL$TEXT in *"$NL${_f##*/}$NL"*) ;; *) fail 808 object.unchained "acts/${_f##*/}/act.json" "not in objects/$_o.json" ;; esac
  fi
done
[ "$_alone" = 0 ] || note 890 object.no-chain "acts that change objects whose history is not enclosed: $_alone"

# --- 10xx: votes that a part says were counted, in the table that was published ---

COUNTED=''
opening() { # J is the object; sets O_LINE, O_FORM, O_TABLE, O_SLOTS (as written) and O_VOTES (those that are not 0)
  want '{"blinding":"' && digest && want ',"commitment":"' && digest && O_LINE=$V || return 1
  want ',"entry":"' && digest_or_empty && O_FORM=$V && want ',"kind":"opposable.opening","slots":[' || return 1
  O_SLOTS=${J%%]*} _names=''
  while want '"'; do text && _names="$_names$V " || return 1; want ',' || break; done
  want '],"table":"' && digest_or_empty && O_TABLE=$V && want ',"v":1,"votes":[' || return 1
  O_VOTES=''
  while number; do
    [ -n "$_names" ] || return 1
    [ "$V" = 0 ] || O_VOTES="$O_VOTES, ${_names%% *} $V"
    _names=${_names#* }
    want ',' || break
  done
  want ']}' && [ -z "$_names" ]
}
sealed() { case $BAD in *"$NL$1$NL"*) return 1 ;; esac; } # is this part the one that its act sealed?
table_of() { # an entry -> TABLE, the part «table» of the act that has it, and N, its number; fails when it is not enclosed
  [ -n "$1" ] || return 1
  for _a in "$T"/act/*; do
    read -r _e _o _hs _hprev _hpost <"$_a"
    [ "$_e" = "$1" ] || continue
    N=${_a##*/} TABLE=acts/${_a##*/}/part-table.json
    [ -f "$TABLE" ] && sealed "$TABLE"
    return
  done
  return 1
}
for _f in acts/*/part-*.json; do
  [ -f "$_f" ] && sealed "$_f" && slurp "$_f" || continue
  _left=$TEXT
  while case $_left in *'"opening":{'*) ;; *) false ;; esac; do
    _left=${_left#*'"opening":'}
    case ${_left%%\}*} in *'"kind":"opposable.opening"'*) ;; *) continue ;; esac
    J=${_left%%\}*}\}
    if ! opening; then
      fail 1001 count.form "$_f" 'what opens a line of the table is not in its form'
    elif ! table_of "$O_TABLE"; then
      note 1090 count.no-table "$_f: the table to find these votes in is not enclosed"
    else
      slurp "$TABLE"
      case $TEXT in
        *"{\"commitment\":\"$O_LINE\",\"entry\":\"$O_FORM\"}"*"\"slots\":[$O_SLOTS],\"totals\":["*)
          COUNTED="${COUNTED}compté comme / counted as: ${O_VOTES#, } (table of act $N)$NL"
          ;;
        *) fail 1002 count.line "$_f" "no such line in the table of act $N" ;;
      esac
    fi
  done
done

# --- the answer ---

if [ -n "$NOTED" ]; then
  printf '\nÀ savoir / To be known\n%s' "$NOTED"
fi
printf '%s\n' '- not checked here: the ZIP itself, and the canonical form inside parts (their digests were)'
[ -z "$COUNTED" ] || printf '%s\n' '- not checked here: that the line of the table hides these very votes, and its sum (verify.html does)'
if [ "$FAILED" = 0 ]; then
  printf '\nVÉRIFIÉ / VERIFIED: acts %s, erasures %s, log %s of %s acts\n' "$ACTS" "$ERASURES" "${ORIGIN:-?}" "${SIZE:-?}"
  printf 'not after: %s; bundle dated: %s\n' "$NOT_AFTER" "$BUNDLE_AT"
  printf '%s' "$COUNTED"
  exit 0
fi
printf '\nFAUX / FALSE: %s\n' "$FAILED"
exit 1
