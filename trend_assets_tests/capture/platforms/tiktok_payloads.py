"""Small TikTok payloads, written by hand after FIELDS.md: one builder per form, plus the containers."""

import json
from typing import Any

VIDEO_ID = "7444705554666130708"
AUDIO_ID = "7444705829305043713"


def web_video(**fields: Any) -> dict[str, Any]:
    """An itemStruct whose `stats` are rounded and whose `statsV2` are exact."""
    return {
        "id": VIDEO_ID,
        "desc": "so cute #dog",
        "createTime": 1733355614,
        "author": {"id": "7420667015738885137", "uniqueId": "someone"},
        "music": {"id": AUDIO_ID, "title": "original sound", "authorName": "Someone"},
        "challenges": [{"id": "1", "title": "Cute"}, {"id": "2", "title": "dog"}],
        "textExtra": [{"hashtagName": "cute"}, {"hashtagName": "", "userId": "5"}, {"hashtagName": "puppy"}],
        "stats": {"playCount": 1600000, "diggCount": 38900, "commentCount": 504, "shareCount": 2124},
        "statsV2": {"playCount": "1585253", "diggCount": "38884", "commentCount": "504", "shareCount": "2124"},
        **fields,
    }


def app_video(**fields: Any) -> dict[str, Any]:
    """An aweme with the rounded numeric music id beside the exact texts."""
    return {
        "aweme_id": "7340285086081846571",
        "desc": "boxing#Fitness#boxing🥊",
        "create_time": 1709043367,
        "author": {"uid": "7257424779153425450", "unique_id": "24fitnessclub"},
        "music": {
            "id": 7340285354676801000,
            "id_str": "7340285354676800302",
            "mid": "7340285354676800302",
            "title": "s",
            "user_count": 0,
        },
        "cha_list": [{"cid": "9261", "cha_name": "Fitness"}],
        "text_extra": [{"hashtag_name": "fitness"}, {"hashtag_name": "boxing🥊"}],
        "statistics": {"play_count": 9568067, "digg_count": 462520, "comment_count": 2291, "share_count": 14009},
        **fields,
    }


def scraper_video(**fields: Any) -> dict[str, Any]:
    """A row of tiktok-scraper."""
    return {
        "id": "6907228749016714497",
        "text": "Confidence went up",
        "createTime": 1608214517,
        "authorMeta": {"id": "6825540583826768902", "name": "ninakleij"},
        "musicMeta": {"musicId": "6790057285814061057", "musicName": "Element", "musicAuthor": "Pop Smoke"},
        "webVideoUrl": "https://www.tiktok.com/@ninakleij/video/6907228749016714497",
        "hashtags": [{"id": "1", "name": "fyp", "title": ""}],
        "diggCount": 3710,
        "shareCount": 50,
        "playCount": 44800,
        "commentCount": 68,
        **fields,
    }


def collector_video(**fields: Any) -> dict[str, Any]:
    """A row of the trending collector."""
    return {
        "video_id": "7611497717998669087",
        "desc": "Hurricane Melissa has made landfall",
        "create_time": 1772190013,
        "play_count": 8300000,
        "like_count": 459400,
        "comment_count": 2192,
        "share_count": 63500,
        "author_id": "7405228880490202154",
        "author_username": "user9006061913793",
        "music_id": "7611503179997481759",
        "music_title": "original sound",
        "hashtags": ["hurricane", "weather"],
        **fields,
    }


def discover() -> dict[str, Any]:
    """A discover list of one creator, one hashtag and one sound."""
    return {
        "user": [{"userId": "5831967", "id": "@Charli", "name": "charli", "stats": {"followers": 139100000}}],
        "hashtag": [
            {"challengeId": "162", "name": "#NativeTikTok", "description": "Here's to it.", "stats": {"views": 5700000000}}
        ],
        "music": [
            {"musicId": "7066013250990738182", "musicInfo": {"title": "Sopa", "author": "Pilo"}, "stats": {"posts": 129900}}
        ],
    }


def card(kind: object, **fields: Any) -> dict[str, Any]:
    """One entry of an exploreList."""
    return {"cardItem": {"type": kind, **fields}}


def sound_card(**fields: Any) -> dict[str, Any]:
    """A card of type 1."""
    extra = {"musicId": "7066013250990738182", "posts": 3412345}
    return card(
        1,
        **{
            "id": "7066013250990738182",
            "title": "Sopa",
            "subTitle": "3.4M videos",
            "description": "Pilo",
            "extraInfo": extra,
            **fields,
        },
    )


def creator_card(**fields: Any) -> dict[str, Any]:
    """A card of type 2."""
    return card(
        2,
        **{"id": "5831967", "title": "charli", "subTitle": "@charli", "extraInfo": {"userId": "5831967", "fans": 5}, **fields},
    )


def hashtag_card(**fields: Any) -> dict[str, Any]:
    """A card of type 3."""
    extra = {"views": 158400000000, "challengeId": "162", "challengeName": "nativetiktok"}
    return card(3, **{"id": "162", "title": "#nativetiktok", "subTitle": "158.4B views", "extraInfo": extra, **fields})


def explore(*sections: list[Any]) -> dict[str, Any]:
    """An explore list of sections."""
    return {"statusCode": 0, "body": [{"exploreList": section, "pageState": {"os": "mac"}} for section in sections]}


def sound_row(**fields: Any) -> dict[str, Any]:
    """A row of Creative Center's sound list."""
    link = "https://www.tiktok.com/music/x-6590963034687031301"
    trend = [{"time": 1758326400, "value": 0.55}]
    return {
        "clip_id": "6590963034687031301",
        "song_id": "6734206429713926145",
        "title": "Rocky",
        "author": "Joe",
        "link": link,
        "rank": 4,
        "trend": trend,
        **fields,
    }


def hashtag_row(**fields: Any) -> dict[str, Any]:
    """A row of Creative Center's hashtag list."""
    return {
        "hashtag_id": "4100",
        "hashtag_name": "summer",
        "publish_cnt": 2886791,
        "video_views": 19583705445,
        "rank": 1,
        **fields,
    }


def chart_item(**fields: Any) -> dict[str, Any]:
    """An entry of Creative Center's present hashtag chart: its numbers are text."""
    return {
        "hashtagID": "4100",
        "hashtagName": "summer",
        "publishCnt": "2886791",
        "vv": "19583705445",
        "rankIndex": "1",
        "popularityCurve": [{"timestamp": "1758326400", "value": 63.03}],
        **fields,
    }


def chart(*items: object) -> dict[str, Any]:
    """An answer of the present hashtag chart."""
    return {"items": list(items), "totalCount": str(len(items)), "BaseResp": {"StatusCode": 0, "StatusMessage": ""}}


def router_page(*items: object) -> str:
    """The present page of the hashtag chart: the first rows are in a query of its loader."""
    queries = [
        {"queryKey": ["trendsFilter"], "state": {"data": {"country": ["US"]}}},
        {"queryKey": ["hashtagList"], "state": {"data": {"pages": [{"data": list(items)}]}}},
    ]
    return page("__MODERN_ROUTER_DATA__", {"loaderData": {"trends/(tab)/page": {"dehydratedState": {"queries": queries}}}})


def page(element_id: str, state: object) -> str:
    """An HTML page with embedded state."""
    script = f'<script id="{element_id}" type="application/json">{json.dumps(state)}</script>'
    return (
        f"<!DOCTYPE html><html><head><script>var a = 1;</script></head><body>{script}<script src='x.js'></script></body></html>"
    )


def next_page(**props: Any) -> str:
    """A page with `__NEXT_DATA__`."""
    return page("__NEXT_DATA__", {"props": {"pageProps": {"statusCode": 0, **props}}})


def sigi_page(items: object) -> str:
    """A page with `SIGI_STATE`."""
    return page("SIGI_STATE", {"ItemModule": items, "UserModule": {}})


def universal_page(detail: object) -> str:
    """A page with `__UNIVERSAL_DATA_FOR_REHYDRATION__`."""
    return page(
        "__UNIVERSAL_DATA_FOR_REHYDRATION__", {"__DEFAULT_SCOPE__": {"webapp.app-context": {}, "webapp.video-detail": detail}}
    )


VIDEO_PAYLOADS: dict[str, Any] = {
    "item_list": {"statusCode": 0, "itemList": [web_video()]},
    "item_struct": {"itemStruct": web_video()},
    "item_info": {"itemInfo": {"itemStruct": web_video()}},
    "item_rows": [web_video()],
    "aweme_list": {"status_code": 0, "aweme_list": [app_video()]},
    "scraper_rows": [scraper_video()],
    "scraper_row": scraper_video(),
    "collector_rows": [collector_video()],
    "collector_row": collector_video(),
    "next_items": next_page(itemList=[], items=[web_video()]),
    "next_item": next_page(itemInfo={"itemStruct": web_video()}),
    "sigi": sigi_page({VIDEO_ID: web_video(author="someone", authorId="7420667015738885137")}),
    "universal": universal_page({"statusCode": 0, "itemInfo": {"itemStruct": web_video()}}),
}
SOUND_PAYLOADS: dict[str, Any] = {
    "discover": discover(),
    "explore": explore([creator_card()], [hashtag_card()], [sound_card()]),
    "sound_list": {"sound_list": [sound_row()]},
    "sound_data": {"code": 0, "data": {"sound_list": [sound_row()]}},
    "sound_rows": [sound_row()],
    "sound_page": next_page(data={"soundList": [{"clipId": "6590963034687031301", "title": "Rocky", "rank": 4}]}),
}
HASHTAG_PAYLOADS: dict[str, Any] = {
    "hashtag_list": {"code": 0, "data": {"list": [hashtag_row()], "pagination": {"page": 1}}},
    "hashtag_rows": [hashtag_row()],
    "hashtag_chart": chart(chart_item()),
    "hashtag_page": router_page(chart_item()),
    "hashtag_old_page": next_page(
        dehydratedState={"queries": [{"state": {"data": {"pages": [{"list": [chart_item(rankIndex=None, rank=1)]}]}}}]}
    ),
}
EVERY_PAYLOAD = {**VIDEO_PAYLOADS, **SOUND_PAYLOADS, **HASHTAG_PAYLOADS}
